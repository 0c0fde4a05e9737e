import { inspect } from 'node:util';
import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { nn } = torch;
const { rnn } = nn.utils;
type Tensor = torch.Tensor;

describe('recurrent modules', () => {
  it('compute what their cells compute step by step', () => {
    const lstm = new nn.LSTM(3, 4);
    const cell = new nn.LSTMCell(3, 4);
    const { weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0 } = lstm;
    const state = { weight_ih: weight_ih_l0!, weight_hh: weight_hh_l0!, bias_ih: bias_ih_l0!, bias_hh: bias_hh_l0! };
    cell.loadStateDict(state);
    const x = torch.randn([5, 2, 3]);
    const [output, [h, c]] = lstm(x);
    let states = cell(x.select(0, 0));
    for (let t = 1; t < 5; t++) states = cell(x.select(0, t), states);
    expect(torch.allclose(output.select(0, 4), states[0], { atol: 1e-6 })).to.equal(true);
    expect(torch.allclose(h.select(0, 0), states[0], { atol: 1e-6 })).to.equal(true);
    expect(torch.allclose(c.select(0, 0), states[1], { atol: 1e-6 })).to.equal(true);
  });

  it('take packed sequences as if each came alone', () => {
    const gru = new nn.GRU(3, 4, { bidirectional: true });
    const sequences = [2, 5, 3].map((length) => torch.randn([length, 3]));
    const [output, h] = gru(rnn.packSequence(sequences, false));
    for (const [i, part] of rnn.unpackSequence(output).entries()) {
      const [alone, last] = gru(sequences[i] as Tensor);
      expect(torch.allclose(part, alone, { atol: 1e-6 })).to.equal(true);
      expect(torch.allclose(h.select(1, i), last, { atol: 1e-6 })).to.equal(true);
    }
  });

  it('list their weights by layer and direction', () => {
    const rnn = new nn.RNN(3, 4, { numLayers: 2, bidirectional: true, bias: false });
    expect(rnn.allWeights.map((weights) => weights.map(({ shape }) => shape))).to.deep.equal([
      [
        [4, 3],
        [4, 4],
      ],
      [
        [4, 3],
        [4, 4],
      ],
      [
        [4, 8],
        [4, 4],
      ],
      [
        [4, 8],
        [4, 4],
      ],
    ]);
    expect(rnn.allWeights[3]?.[0]).to.equal(rnn.weight_ih_l1_reverse);
  });

  it('leave nothing behind in a scope, and what it returns survives', () => {
    const lstm = new nn.LSTM(3, 4, { bidirectional: true });
    const { tensors } = torch.memory();
    const packed = torch.scope(() => {
      const input = rnn.packSequence([torch.randn([2, 3]), torch.randn([4, 3])], false);
      return torch.noGrad(() => lstm(input)[0]);
    });
    expect(packed).to.be.an.instanceOf(rnn.PackedSequence);
    expect(packed.data.shape).to.deep.equal([6, 8]);
    expect(torch.memory().tensors).to.equal(tensors + 4);
    for (const each of packed) each?.dispose();
    expect(torch.memory().tensors).to.equal(tensors);
    expect(inspect(packed)).to.equal('[disposed PackedSequence]');
  });

  it('work on an empty batch where Python does', () => {
    const [output, h] = new nn.GRU(3, 4)(torch.randn([5, 0, 3]));
    expect([output.shape, h.shape]).to.deep.equal([
      [5, 0, 4],
      [1, 0, 4],
    ]);
  });

  it('refuse what they cannot be made of', () => {
    expect(() => new nn.LSTM(0, 4)).to.throw(RangeError, 'LSTM: inputSize must be at least 1, got 0');
    expect(() => new nn.LSTM(3, 2.5)).to.throw(TypeError, 'LSTM: hiddenSize must be an integer, got 2.5');
    expect(() => new nn.GRU(3, 4, 0)).to.throw(RangeError, 'GRU: numLayers must be at least 1, got 0');
    expect(() => new nn.GRU(3, 4, { dropout: 1.5 })).to.throw(RangeError, 'must be between 0 and 1, got 1.5');
    expect(() => new nn.RNN(3, 4, { bias: 1 as never })).to.throw(TypeError, 'RNN: bias must be a boolean, got 1');
    expect(() => new nn.RNN(3, 4, 1, 'gelu' as never)).to.throw(RangeError, "nonlinearity must be 'tanh' or 'relu'");
    expect(() => new nn.LSTM(3, 4, { projSize: 4 })).to.throw(RangeError, 'projSize must be smaller than hiddenSize 4');
    expect(() => new nn.GRU(3, 4, { projSize: 2 } as never)).to.throw(TypeError, 'there is no option projSize');
    expect(() => new nn.RNNCell(3, 4, true, 'elu' as never)).to.throw(RangeError, 'got "elu"');
    expect(() => new nn.LSTMCell(-1, 4)).to.throw(RangeError, 'LSTMCell: inputSize must be at least 0, got -1');
  });

  it('refuse inputs and states that do not fit', () => {
    const lstm = new nn.LSTM(3, 4, { numLayers: 2 });
    const x = torch.randn([5, 2, 3]);
    const state = torch.zeros([2, 2, 4]);
    expect(() => lstm(torch.ones([3]))).to.throw(torch.ShapeError, 'LSTM: input must have 2 or 3 dimensions, got [3]');
    expect(() => lstm(torch.ones([5, 2, 4]))).to.throw(
      torch.ShapeError,
      'must have 3 (inputSize) features, got [5,2,4]',
    );
    expect(() => lstm(x, [state, torch.zeros([1, 2, 4])])).to.throw(
      torch.ShapeError,
      'LSTM: hx[1] must be [2,2,4] for this input, got [1,2,4]',
    );
    expect(() => lstm(torch.ones([5, 3]), [state, state])).to.throw(
      torch.ShapeError,
      'LSTM: hx[0] must be [2,4] for an input without batch dimension, got [2,2,4]',
    );
    expect(() => lstm(x, state as never)).to.throw(TypeError, 'LSTM: hx must be [h, c], got a Tensor');
    expect(() => lstm([1] as never)).to.throw(TypeError, 'LSTM: input must be a Tensor or a PackedSequence, got [1]');
    expect(() => lstm(x.double())).to.throw(torch.DTypeError, "convert the input with to('float32')");
    const gone = torch.randn([5, 2, 3]);
    gone.dispose();
    expect(() => lstm(gone)).to.throw(torch.DisposedError);
    const gru = new nn.GRUCell(3, 4);
    expect(() => gru(x)).to.throw(torch.ShapeError, 'GRUCell: input must have 1 or 2 dimensions, got [5,2,3]');
    expect(() => gru(torch.ones([2, 3]), state)).to.throw(torch.ShapeError, 'GRUCell: hx must have 1 or 2 dimensions');
    expect(() => gru(torch.ones([2, 5]))).to.throw(torch.TorchError, 'expected 3');
  });
});

describe('nn.utils.rnn', () => {
  it('refuses what cannot be packed or padded', () => {
    const x = torch.ones([5, 2, 3]);
    expect(() => rnn.packPaddedSequence(x, [2, 5])).to.throw(torch.TorchError, 'sorted in decreasing order');
    expect(() => rnn.packPaddedSequence(x, [5, 0])).to.throw(torch.TorchError, 'greater than 0');
    expect(() => rnn.packPaddedSequence(x, [5.5, 2])).to.throw(TypeError, 'an array of integers, got [5.5, 2]');
    expect(() => rnn.packPaddedSequence([1] as never, [1])).to.throw(TypeError, 'input must be a Tensor, got [1]');
    const packed = rnn.packPaddedSequence(x, [5, 3]);
    expect(() => rnn.padPackedSequence(packed, { totalLength: 4 })).to.throw(
      RangeError,
      "totalLength must be at least the longest sequence's length 5, got 4",
    );
    expect(() => rnn.padPackedSequence(x as never)).to.throw(
      TypeError,
      'sequence must be a PackedSequence, got a Tensor',
    );
    expect(() => rnn.padSequence(3 as never)).to.throw(TypeError, 'sequences must be iterable, got 3');
    expect(() => rnn.padSequence([])).to.throw(torch.TorchError);
    expect(() => rnn.padSequence([x], { paddingSide: 'top' as never })).to.throw(RangeError, "'left' or 'right'");
    expect(() => rnn.unpadSequence(x, torch.tensor([5n]))).to.throw(
      torch.ShapeError,
      'lengths must be [2], one for each',
    );
    expect(() => new rnn.PackedSequence(x, [1] as never)).to.throw(TypeError, 'batchSizes must be a Tensor, got [1]');
    const meta = torch.ones([2], { device: 'meta' });
    expect(() => new rnn.PackedSequence(x, meta)).to.throw(torch.DeviceError, 'must be on the CPU, got meta');
  });

  it('leaves a padded tensor as it is', () => {
    const padded = torch.arange(6).reshape([3, 2]);
    const parts = rnn.unpadSequence(padded, torch.tensor([3n, 1n]));
    expect(parts.map((each) => each.tolist())).to.deep.equal([[0, 2, 4], [1]]);
    expect(padded.shape).to.deep.equal([3, 2]);
  });

  it('gives packed sequences that are arrays of four, and convert', () => {
    const packed = rnn.packSequence([torch.ones([3]), torch.zeros([2])]);
    const [data, batchSizes, sortedIndices, unsortedIndices] = packed;
    expect(data).to.equal(packed.data);
    expect([batchSizes?.tolist(), sortedIndices, unsortedIndices]).to.deep.equal([[2, 2, 1], null, null]);
    expect(packed.map((each) => each)).to.not.be.an.instanceOf(rnn.PackedSequence);
    expect(packed.to('float32')).to.equal(packed);
    expect(packed.cpu()).to.equal(packed);
    expect(packed.half().data.dtype).to.equal('float16');
    expect(packed.long().batchSizes).to.equal(packed.batchSizes);
    expect(packed.isCuda).to.equal(false);
  });
});
