import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { nn } = torch;
const F = nn.functional;

describe('MultiheadAttention', () => {
  const attention = () => new nn.MultiheadAttention(6, 2);
  const x = () => torch.randn([4, 3, 6]);

  it('weighs values by how queries and keys agree', () => {
    const module = attention();
    const input = x();
    const [q, k, v] = F.linear(input, module.in_proj_weight!, module.in_proj_bias).chunk(3, -1) as torch.Tensor[];
    const byHead = (tensor: torch.Tensor) => tensor.reshape([4, 3, 2, 3]).permute([1, 2, 0, 3]);
    const weights = byHead(q!).matmul(byHead(k!).mT).div(Math.sqrt(3)).softmax(-1);
    const attended = weights.matmul(byHead(v!)).permute([2, 0, 1, 3]).reshape([4, 3, 6]);
    const [output, averaged] = module(input, input, input);
    expect(torch.allclose(output, module.out_proj(attended), { atol: 1e-6 })).to.equal(true);
    expect(torch.allclose(averaged!, weights.mean(1), { atol: 1e-6 })).to.equal(true);
  });

  it('leaves nothing behind in a scope, on both paths', () => {
    const module = new nn.MultiheadAttention(6, 2, { batchFirst: true });
    const { tensors } = torch.memory();
    for (const training of [true, false]) {
      module.train(training);
      const [output] = torch.scope(() =>
        torch.noGrad(() =>
          module(...([1, 1, 1].map(() => x()) as [torch.Tensor, torch.Tensor, torch.Tensor]), { needWeights: false }),
        ),
      );
      expect(torch.memory().tensors).to.equal(tensors + 1);
      output.dispose();
    }
  });

  it('refuses what it cannot be made of', () => {
    expect(() => new nn.MultiheadAttention(5, 2)).to.throw(RangeError, 'divisible by numHeads, got 5 and 2');
    expect(() => new nn.MultiheadAttention(0, 2)).to.throw(RangeError, 'embedDim must be at least 1, got 0');
    expect(() => new nn.MultiheadAttention(4, 2, 1.5)).to.throw(RangeError, 'p must be between 0 and 1, got 1.5');
    expect(() => new nn.MultiheadAttention(4, 2, { heads: 1 } as never)).to.throw(
      TypeError,
      'there is no option heads',
    );
  });

  it('refuses inputs and masks that do not fit', () => {
    const module = attention();
    const input = x();
    const call =
      (...rest: unknown[]) =>
      () =>
        (module as unknown as (...values: unknown[]) => unknown)(...rest);
    expect(call(input, input)).to.throw(TypeError, 'MultiheadAttention: value must be a Tensor, got undefined');
    expect(call(torch.ones([6]), input, input)).to.throw(
      torch.ShapeError,
      'query must be [L, E] or [L, N, E], got [6]',
    );
    expect(call(input, input, torch.ones([4, 6]))).to.throw(
      torch.ShapeError,
      'value must have 3 dimensions for a query',
    );
    expect(call(input, input, torch.ones([5, 3, 6]))).to.throw(torch.ShapeError, 'key and value must fit together');
    expect(call(torch.ones([4, 3, 8]), input, input)).to.throw(torch.ShapeError, 'must have 6 features, got [4,3,8]');
    expect(call(input, input, input, { attnMask: torch.ones([3, 3]) })).to.throw(
      torch.ShapeError,
      'multiHeadAttentionForward: attnMask must be [4,4], got [3,3]',
    );
    expect(call(input, input, input, { attnMask: torch.ones([4]) })).to.throw(torch.ShapeError, '2 or 3 dimensions');
    expect(call(input, input, input, { attnMask: torch.ones([2, 4, 4]) })).to.throw(
      torch.ShapeError,
      'must be [6,4,4]',
    );
    expect(call(input, input, input, { keyPaddingMask: torch.ones([3, 5]) })).to.throw(
      torch.ShapeError,
      'keyPaddingMask must be [3,4], got [3,5]',
    );
    expect(call(input, input, input, { attnMask: torch.ones([4, 4]).long() })).to.throw(
      torch.DTypeError,
      'MultiheadAttention: attnMask must be bool or floating, got int64',
    );
    expect(call(input, input, input, { attnMask: 3 })).to.throw(TypeError, 'attnMask must be a Tensor or null, got 3');
    expect(call(input, input, input, { isCausal: true })).to.throw(TypeError, 'isCausal is a hint about attnMask');
    const gone = x();
    gone.dispose();
    expect(call(gone, gone, gone)).to.throw(torch.DisposedError);
  });

  it('takes nested tensors in evaluation mode only', () => {
    const nested = torch.ops.aten!._nested_tensor_from_mask!(x(), torch.ones([4, 3]).bool()) as torch.Tensor;
    expect(() => attention()(nested, nested, nested)).to.throw(
      TypeError,
      'nested tensors are taken in evaluation mode',
    );
  });

  it('multiHeadAttentionForward refuses half of what belongs together', () => {
    const q = torch.ones([2, 1, 4]);
    const w = torch.ones([12, 4]);
    const o = torch.ones([4, 4]);
    const call = (biasK: torch.Tensor | null, heads: number, options: object) => () =>
      F.multiHeadAttentionForward(q, q, q, 4, heads, w, null, biasK, null, false, 0, o, null, options);
    expect(call(torch.ones([1, 1, 4]), 2, {})).to.throw(TypeError, 'biasK and biasV must be given both or none');
    expect(call(null, 3, {})).to.throw(RangeError, "numHeads must divide the embedding's size 4, got 3");
    expect(call(null, 2, { useSeparateProjWeight: true })).to.throw(
      TypeError,
      'qProjWeight, kProjWeight and vProjWeight',
    );
    expect(call(null, 2, { staticK: torch.ones([3, 2, 2]) })).to.throw(torch.ShapeError, 'staticK must be [2,2,2]');
    const apart = { useSeparateProjWeight: true, qProjWeight: o, kProjWeight: torch.ones([4, 3]), vProjWeight: o };
    expect(call(null, 2, apart)).to.throw(torch.ShapeError, 'kProjWeight must be [4,4], got [4,3]');
  });
});

describe('transformer modules', () => {
  const layer = (options = {}) => new nn.TransformerEncoderLayer(4, 2, { dimFeedforward: 8, ...options });

  it('have layers of their own, copied from the one that is given', () => {
    const given = layer({ batchFirst: true });
    const encoder = new nn.TransformerEncoder(given, 2);
    expect(encoder.layers[0]).to.not.equal(given);
    expect(torch.equal(encoder.layers[1]!.linear1.weight, given.linear1.weight)).to.equal(true);
    expect([...encoder.parameters()]).to.not.include(given.linear1.weight);
  });

  it('give zeros for padding that is left out, and the same elsewhere', () => {
    const encoder = new nn.TransformerEncoder(layer({ batchFirst: true }), 2).eval();
    const input = torch.randn([2, 3, 4]);
    const srcKeyPaddingMask = torch.tensor([
      [false, false, true],
      [false, false, false],
    ]);
    const [short, whole] = torch.noGrad(() => [encoder(input, { srcKeyPaddingMask }), encoder(input.narrow(0, 1, 1))]);
    expect(short!.index([0, 2]).tolist()).to.deep.equal([0, 0, 0, 0]);
    expect(torch.allclose(short!.narrow(0, 1, 1), whole!, { atol: 1e-5 })).to.equal(true);
  });

  it('take layers of other classes', () => {
    class Halve extends nn.Module {
      weight = new nn.Parameter(torch.tensor([0.5]));
      forward(src: torch.Tensor, options: { isCausal?: boolean }): torch.Tensor {
        return options.isCausal === true ? src : src.mul(this.weight);
      }
    }
    const encoder = new nn.TransformerEncoder<Halve>(new Halve(), 3, { enableNestedTensor: false });
    expect(
      encoder(torch.ones([2, 1, 4]))
        .index([0, 0, 0])
        .item(),
    ).to.equal(0.125);
    const mask = nn.Transformer.generateSquareSubsequentMask(2);
    expect(
      encoder(torch.ones([2, 1, 4]), mask)
        .index([0, 0, 0])
        .item(),
    ).to.equal(1);
  });

  it('make masks that hide what comes later', () => {
    expect(nn.Transformer.generateSquareSubsequentMask(2).tolist()).to.deep.equal([
      [0, -Infinity],
      [0, 0],
    ]);
    expect(nn.Transformer.generateSquareSubsequentMask(1, { dtype: 'float64' }).dtype).to.equal('float64');
    expect(() => nn.Transformer.generateSquareSubsequentMask(-1)).to.throw(RangeError, 'size must be at least 0');
  });

  it('refuse what does not fit', () => {
    expect(() => layer({ activation: 'tanh' })).to.throw(
      RangeError,
      "activation must be 'relu', 'gelu', a function or a module",
    );
    expect(() => layer({ activation: 3 })).to.throw(TypeError, 'got 3');
    expect(() => new nn.TransformerEncoderLayer(5, 2)).to.throw(RangeError, 'divisible by numHeads');
    expect(() => new nn.TransformerEncoder(layer(), 0)).to.throw(RangeError, 'numLayers must be at least 1, got 0');
    expect(() => new nn.TransformerEncoder(null as never, 2)).to.throw(TypeError, 'encoderLayer must be a Module');
    const model = new nn.Transformer(4, 2, 1, 1, 8);
    const src = torch.ones([2, 3, 4]);
    expect(() => model(src, torch.ones([2, 2, 4]))).to.throw(
      torch.ShapeError,
      'the same batch, got [2,3,4] and [2,2,4]',
    );
    expect(() => model(src, torch.ones([2, 3, 5]))).to.throw(torch.ShapeError, 'tgt must have dModel 4 features');
    expect(() => model(src, null as never)).to.throw(TypeError, 'tgt must be a Tensor, got null');
    expect(() => torch.backends.mha.setFastpathEnabled(1 as never)).to.throw(TypeError, 'value must be a boolean');
  });
});
