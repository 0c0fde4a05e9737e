import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { expectBeside } from './module-beside.ts';
import { expectSameBits, usePython } from './oracle.ts';

const { nn } = torch;
const { rnn } = nn.utils;
type Module = torch.nn.Module;
type Any = Module & ((...inputs: unknown[]) => unknown);

const leaf = (shape: number[], options: { dtype?: torch.DType } = {}) =>
  torch.randn(shape, { requiresGrad: true, ...options });

describe('recurrent modules beside Python', () => {
  const python = usePython();

  const modules: Record<string, () => Module> = {
    'nn.RNN(3, 4)': () => new nn.RNN(3, 4),
    'nn.RNN(3, 4, 2, "relu", False, False, 0.3, True)': () => new nn.RNN(3, 4, 2, 'relu', false, false, 0.3, true),
    'nn.GRU(3, 4)': () => new nn.GRU(3, 4),
    'nn.GRU(3, 4, num_layers=2, dropout=0.25, bidirectional=True)': () =>
      new nn.GRU(3, 4, { numLayers: 2, dropout: 0.25, bidirectional: true }),
    'nn.GRU(3, 4, 1, False)': () => new nn.GRU(3, 4, 1, false),
    'nn.LSTM(3, 4)': () => new nn.LSTM(3, 4),
    'nn.LSTM(3, 4, 3, dropout=0.5)': () => new nn.LSTM(3, 4, 3, { dropout: 0.5 }),
    'nn.LSTM(3, 4, 2, bias=False, bidirectional=True, proj_size=2)': () =>
      new nn.LSTM(3, 4, 2, { bias: false, bidirectional: true, projSize: 2 }),
    'nn.LSTM(3, 4, dtype=torch.float64)': () => new nn.LSTM(3, 4, { dtype: 'float64' }),
  };
  for (const [source, make] of Object.entries(modules)) {
    const dtype: torch.DType = source.includes('float64') ? 'float64' : 'float32';
    const layers = /, ([23])|=2/.test(source) ? Number(/[( ]3, 4, (?:num_layers=)?([23])/.exec(source)?.[1] ?? 1) : 1;
    const states = layers * (/True/.test(source) ? 2 : 1);
    const isLSTM = source.startsWith('nn.LSTM');
    const shapes = [[states, 2, /proj_size=2/.test(source) ? 2 : 4], ...(isLSTM ? [[states, 2, 4]] : [])];
    const hidden = (tensors: torch.Tensor[]) => (isLSTM ? tensors : tensors[0]);
    const pythonHidden = isLSTM ? '(h, c)' : 'h';
    const named = ([h, c]: torch.Tensor[]): Record<string, torch.Tensor> =>
      c === undefined ? { h: h! } : { h: h!, c };

    for (const evaluating of [false, true]) {
      it(`${source}${evaluating ? ' evaluating' : ''}`, async () => {
        const x = leaf([5, 2, 3], { dtype });
        const run = (module: Module) => (module as Any)(x);
        await expectBeside(python, { module: source, call: '_m(x)', make, run, inputs: { x }, evaluating });
      });
    }

    it(`${source} from states`, async () => {
      const x = leaf([5, 2, 3], { dtype });
      const hx = shapes.map((shape) => leaf(shape, { dtype }));
      const call = `_m(x, ${pythonHidden})`;
      const run = (module: Module) => (module as Any)(x, hidden(hx));
      await expectBeside(python, { module: source, call, make, run, inputs: { x, ...named(hx) } });
    });

    it(`${source} of an input without batch dimension, from states`, async () => {
      const x = leaf([5, 3], { dtype });
      const hx = shapes.map(([layers, , size]) => leaf([layers!, size!], { dtype }));
      const call = `_m(x, ${pythonHidden})`;
      const run = (module: Module) => (module as Any)(x, hidden(hx));
      await expectBeside(python, { module: source, call, make, run, inputs: { x, ...named(hx) } });
    });

    for (const sorted of [true, false]) {
      it(`${source} of a packed sequence ${sorted ? 'that is sorted' : 'from states'}`, async () => {
        const lengths = sorted ? [5, 2] : [2, 5];
        const x = leaf([5, 2, 3], { dtype });
        const hx = sorted ? [] : shapes.map((shape) => leaf(shape, { dtype }));
        const packed = `nn.utils.rnn.pack_padded_sequence(x, ${JSON.stringify(lengths)}, enforce_sorted=False)`;
        await expectBeside(python, {
          module: source,
          call: `_m(${packed}${sorted ? '' : `, ${pythonHidden}`})`,
          make,
          run: (module) =>
            (module as Any)(
              rnn.packPaddedSequence(x, lengths, { enforceSorted: false }),
              ...(sorted ? [] : [hidden(hx)]),
            ),
          inputs: { x, ...(sorted ? {} : named(hx)) },
        });
      });
    }
  }

  it('LSTM with the batch first, with and without batch dimension', async () => {
    for (const shape of [
      [2, 5, 3],
      [5, 3],
    ]) {
      const x = leaf(shape);
      await expectBeside(python, {
        module: 'nn.LSTM(3, 4, 2, True, True)',
        call: '_m(x)',
        make: () => new nn.LSTM(3, 4, 2, true, true),
        run: (module) => (module as Any)(x),
        inputs: { x },
      });
    }
  });

  const cells: Record<string, () => Module> = {
    'nn.RNNCell(3, 4)': () => new nn.RNNCell(3, 4),
    'nn.RNNCell(3, 4, False, "relu")': () => new nn.RNNCell(3, 4, false, 'relu'),
    'nn.GRUCell(3, 4)': () => new nn.GRUCell(3, 4),
    'nn.GRUCell(3, 4, bias=False)': () => new nn.GRUCell(3, 4, { bias: false }),
    'nn.LSTMCell(3, 4)': () => new nn.LSTMCell(3, 4),
    'nn.LSTMCell(3, 4, False, dtype=torch.float64)': () => new nn.LSTMCell(3, 4, false, { dtype: 'float64' }),
  };
  for (const [source, make] of Object.entries(cells)) {
    const dtype: torch.DType = source.includes('float64') ? 'float64' : 'float32';
    const isLSTM = source.startsWith('nn.LSTM');
    for (const batch of [[2], []]) {
      it(`${source} of [${batch.length > 0 ? '2, 3' : '3'}], with and without states`, async () => {
        const x = leaf([...batch, 3], { dtype });
        const h = leaf([...batch, 4], { dtype });
        const c = leaf([...batch, 4], { dtype });
        const plain = (module: Module) => (module as Any)(x);
        await expectBeside(python, { module: source, call: '_m(x)', make, run: plain, inputs: { x } });
        x.grad = null;
        await expectBeside(python, {
          module: source,
          call: isLSTM ? '_m(x, (h, c))' : '_m(x, h)',
          make,
          run: (module) => (module as Any)(x, isLSTM ? [h, c] : h),
          inputs: isLSTM ? { x, h, c } : { x, h },
        });
      });
    }
  }

  it('pack, pad and unpack as Python does', async () => {
    const a = leaf([3, 2]);
    const b = leaf([5, 2]);
    const c = leaf([4, 2]);
    const padded = rnn.padSequence([a, b, c], { paddingValue: -1 });
    const packed = rnn.packSequence([a, b, c], false);
    const [again, lengths] = rnn.padPackedSequence(packed, { batchFirst: true, totalLength: 7, paddingValue: 0.5 });
    const parts = [
      padded,
      rnn.padSequence([a, b], true, 2, 'left'),
      ...packed,
      again,
      lengths,
      ...rnn.unpackSequence(packed),
      ...rnn.unpadSequence(padded, torch.tensor([3n, 5n, 4n])),
      ...rnn.packPaddedSequence(padded, [5, 5, 2]),
      rnn.invertPermutation(torch.tensor([2n, 0n, 1n])),
    ];
    torch.autograd.backward(parts.filter((each) => each?.requiresGrad === true).map((each) => each!.pow(2).sum()));
    const theirs = await python.run(
      `
_r = nn.utils.rnn
_padded = _r.pad_sequence([a, b, c], padding_value=-1)
_packed = _r.pack_sequence([a, b, c], False)
_again, _lengths = _r.pad_packed_sequence(_packed, True, total_length=7, padding_value=0.5)
_parts = [_padded, _r.pad_sequence([a, b], True, 2, 'left'), *_packed, _again, _lengths, *_r.unpack_sequence(_packed),
          *_r.unpad_sequence(_padded.clone(), torch.tensor([3, 5, 4])), *_r.pack_padded_sequence(_padded, [5, 5, 2]),
          _r.invert_permutation(torch.tensor([2, 0, 1]))]
torch.autograd.backward([each.pow(2).sum() for each in _parts if each is not None and each.requires_grad])
parts = [None if each is None else each.detach() for each in _parts]
gradients = [a.grad, b.grad, c.grad]
text = repr(_r.pack_sequence([torch.ones(1), torch.zeros(2)], False))`,
      { a, b, c },
    );
    expectSameBits(
      parts.map((each) => each?.detach() ?? null),
      theirs.parts,
    );
    expectSameBits([a.grad, b.grad, c.grad], theirs.gradients);
    expect(String(rnn.packSequence([torch.ones([1]), torch.zeros([2])], false))).to.equal(theirs.text);
  });
});
