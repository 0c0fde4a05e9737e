/** What the compiler knows of modules: the wrong calls below must not compile. */

import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { nn } = torch;
type Tensor = torch.Tensor;

class Encoder extends nn.Module {
  forward(x: Tensor, mask?: Tensor | null): { code: Tensor; length: number } {
    return { code: mask == null ? x : x.mul(mask), length: x.numel() };
  }
}

class Model extends nn.Module {
  encoder = new Encoder();
  head: torch.nn.Layer = new nn.Linear(2, 1);

  forward(x: Tensor): Tensor {
    return this.head(this.encoder(x).code);
  }
}

describe('types of modules', () => {
  it('are those of forward', () => {
    const { code, length } = new Encoder()(torch.ones([2]), null);
    const count: number = length;
    const out: Tensor = new Model()(code);
    expect([count, out.shape]).to.deep.equal([2, [1]]);
    const layers: torch.nn.Layer[] = [new Model(), new nn.ReLU(), new nn.Sequential()];
    const pools: torch.nn.Layer[] = [new nn.MaxPool2d(2, { padding: 0 }), new nn.AdaptiveMaxPool1d(2)];
    const [values, indices] = new nn.MaxPool2d(2, { returnIndices: true })(torch.ones([1, 2, 2]));
    const both: Tensor[] = [values, indices, nn.functional.maxPool1d(torch.ones([1, 2]), 2)];
    const list: torch.nn.ModuleList<Encoder> = new nn.ModuleList([new Encoder()]);
    for (const encoder of list) both.push(encoder(torch.ones([1])).code);
    expect([pools.length, both.length]).to.deep.equal([2, 4]);
    const lstm = new nn.LSTM(1, 1);
    const [steps, [h, c]] = lstm(torch.ones([1, 1]));
    const [packed] = lstm(nn.utils.rnn.packSequence([torch.ones([1, 1])]));
    const states: Tensor[] = [steps, h, c, packed.data, lstm.weight_ih_l0 as torch.nn.Parameter];
    const attention = new nn.MultiheadAttention(2, 1);
    const [attended, weights] = attention(torch.ones([1, 2]), torch.ones([1, 2]), torch.ones([1, 2]), {
      needWeights: false,
    });
    expect([states.length, attended.shape, weights]).to.deep.equal([5, [1, 2], null]);
    const encoder = new nn.TransformerEncoder(new nn.TransformerEncoderLayer(2, 1, 4), 1, {
      enableNestedTensor: false,
    });
    const first: torch.nn.TransformerEncoderLayer | undefined = encoder.layers[0];
    expect(first?.self_attn.numHeads).to.equal(1);
    const modules: torch.nn.Module[] = [...layers, new Encoder(), new nn.TripletMarginLoss()];
    expect(modules).to.have.lengthOf(5);
    new nn.Conv2d(1, 2, 3, 1, 'same', { bias: false });
    new nn.Conv2d(1, 2, [3, 3], { stride: [1, 2], padding: 1, dtype: 'float64' });
  });

  it('refuse wrong calls', () => {
    const model = new Model();
    const loss = new nn.TripletMarginLoss();
    const wrong = [
      // @ts-expect-error an LSTM has two states
      () => new nn.LSTM(1, 1)(torch.ones([1, 1]), torch.ones([1, 1])),
      // @ts-expect-error only an LSTM has projections
      () => new nn.GRU(2, 2, { projSize: 1 }),
      // @ts-expect-error there is no such mask
      () => new nn.MultiheadAttention(2, 1)(torch.ones([1, 2]), torch.ones([1, 2]), torch.ones([1, 2]), { mask: null }),
      // @ts-expect-error a number is no tensor
      () => model(3),
      // @ts-expect-error there is one input
      () => model(torch.ones([2]), torch.ones([2])),
      // @ts-expect-error the negatives are missing
      () => loss(torch.ones([1, 2]), torch.ones([1, 2])),
      // @ts-expect-error the output has no such field
      () => new Encoder()(torch.ones([2])).text.length,
      // @ts-expect-error an encoder does not give one tensor
      () => new nn.Sequential(new Encoder())(torch.ones([2])).mul(2),
      // @ts-expect-error there is no such option
      () => new nn.Linear(2, 3, { biases: false }),
      // @ts-expect-error one tensor comes out where indices are not asked for
      () => new nn.MaxPool2d(2)(torch.ones([1, 2, 2]))[0],
      // @ts-expect-error a layer that gives indices, too, is none of one tensor
      () => new nn.Sequential(new nn.MaxPool2d(2, { returnIndices: true })),
      // @ts-expect-error a list of modules is not called
      () => new nn.ModuleList([new Encoder()])(torch.ones([1])),
      // @ts-expect-error a stride is a number or two
      () => new nn.Conv2d(1, 2, 3, 'wide'),
    ];
    expect(wrong, 'none of them is called').to.have.lengthOf(13);
  });

  it('of hooks are those of forward', () => {
    const encoder = new Encoder();
    encoder.registerForwardHook((module, [x, mask], output) => {
      const own: Encoder = module;
      const both: [Tensor, Tensor | null | undefined] = [x, mask];
      expect([own, both.length]).to.deep.equal([encoder, 2]);
      return { ...output, length: 0 };
    });
    expect(encoder(torch.ones([2])).length).to.equal(0);
  });
});
