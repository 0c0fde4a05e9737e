/** Activations, dropout, losses and distances beside Python: construction, training, evaluation, state and printed form. */

import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { expectSameBits, isPythonTensor, type PythonInput, type PythonValue, usePython } from './oracle.ts';

const { nn } = torch;
type Tensor = torch.Tensor;
type AnyModule = torch.nn.Module & ((...inputs: unknown[]) => unknown);
/** The module in Python, the same here, and its inputs. */
type Row = readonly [source: string, make: () => torch.nn.Module, inputs: () => readonly PythonInput[]];

const normal = (...shape: number[]) => torch.randn(shape, { requiresGrad: true });

function activations(): Row[] {
  const x = () => [normal(3, 4, 5)];
  const image = () => [normal(2, 3, 4, 4)];
  const rows: [string, () => torch.nn.Module][] = [
    ['nn.Threshold(0.1, 20.5)', () => new nn.Threshold(0.1, 20.5)],
    ['nn.Threshold(0.1, 0.5, True)', () => new nn.Threshold(0.1, 0.5, true)],
    ['nn.ReLU()', () => new nn.ReLU()],
    ['nn.ReLU(inplace=True)', () => new nn.ReLU({ inplace: true })],
    ['nn.RReLU()', () => new nn.RReLU()],
    ['nn.RReLU(0.2, 0.4, True)', () => new nn.RReLU(0.2, 0.4, true)],
    ['nn.Hardtanh()', () => new nn.Hardtanh()],
    ['nn.Hardtanh(-0.5, max_val=0.25, inplace=True)', () => new nn.Hardtanh(-0.5, { maxVal: 0.25, inplace: true })],
    ['nn.ReLU6()', () => new nn.ReLU6()],
    ['nn.ReLU6(True)', () => new nn.ReLU6(true)],
    ['nn.Sigmoid()', () => new nn.Sigmoid()],
    ['nn.Hardsigmoid()', () => new nn.Hardsigmoid()],
    ['nn.Hardsigmoid(True)', () => new nn.Hardsigmoid(true)],
    ['nn.Tanh()', () => new nn.Tanh()],
    ['nn.SiLU()', () => new nn.SiLU()],
    ['nn.SiLU(True)', () => new nn.SiLU(true)],
    ['nn.Mish()', () => new nn.Mish()],
    ['nn.Mish(True)', () => new nn.Mish(true)],
    ['nn.Hardswish()', () => new nn.Hardswish()],
    ['nn.Hardswish(True)', () => new nn.Hardswish({ inplace: true })],
    ['nn.ELU()', () => new nn.ELU()],
    ['nn.ELU(0.5, True)', () => new nn.ELU(0.5, true)],
    ['nn.CELU(1.5)', () => new nn.CELU(1.5)],
    ['nn.CELU(inplace=True)', () => new nn.CELU({ inplace: true })],
    ['nn.SELU()', () => new nn.SELU()],
    ['nn.SELU(True)', () => new nn.SELU(true)],
    ['nn.GLU(1)', () => new nn.GLU(1)],
    ['nn.GELU()', () => new nn.GELU()],
    ['nn.GELU("tanh")', () => new nn.GELU('tanh')],
    ['nn.Hardshrink()', () => new nn.Hardshrink()],
    ['nn.Hardshrink(0.25)', () => new nn.Hardshrink(0.25)],
    ['nn.LeakyReLU()', () => new nn.LeakyReLU()],
    ['nn.LeakyReLU(0.3, True)', () => new nn.LeakyReLU(0.3, true)],
    ['nn.LogSigmoid()', () => new nn.LogSigmoid()],
    ['nn.Softplus()', () => new nn.Softplus()],
    ['nn.Softplus(2.5, threshold=1.5)', () => new nn.Softplus(2.5, { threshold: 1.5 })],
    ['nn.Softshrink()', () => new nn.Softshrink()],
    ['nn.Softshrink(0.1)', () => new nn.Softshrink(0.1)],
    ['nn.PReLU()', () => new nn.PReLU()],
    ['nn.PReLU(4, 0.1)', () => new nn.PReLU(4, 0.1)],
    ['nn.Softsign()', () => new nn.Softsign()],
    ['nn.Tanhshrink()', () => new nn.Tanhshrink()],
    ['nn.Softmin(1)', () => new nn.Softmin(1)],
    ['nn.Softmin()', () => new nn.Softmin()],
    ['nn.Softmax(dim=-1)', () => new nn.Softmax({ dim: -1 })],
    ['nn.Softmax()', () => new nn.Softmax()],
    ['nn.LogSoftmax(1)', () => new nn.LogSoftmax(1)],
    ['nn.LogSoftmax()', () => new nn.LogSoftmax()],
  ];
  return [
    ...rows.map(([source, make]): Row => [source, make, x]),
    ['nn.Softmax2d()', () => new nn.Softmax2d(), image],
    ['nn.Softmax2d()', () => new nn.Softmax2d(), x],
  ];
}

function dropouts(): Row[] {
  const names = ['Dropout', 'Dropout1d', 'Dropout2d', 'Dropout3d', 'AlphaDropout', 'FeatureAlphaDropout'] as const;
  const ranks: Readonly<Record<(typeof names)[number], readonly number[]>> = {
    Dropout: [1, 3],
    Dropout1d: [2, 3],
    Dropout2d: [2, 3, 4],
    Dropout3d: [4, 5],
    AlphaDropout: [1, 3],
    FeatureAlphaDropout: [3, 5],
  };
  return names.flatMap((name) =>
    ranks[name].flatMap((rank): Row[] => {
      const inputs = () => [normal(...[6, 5, 2, 3, 2].slice(0, rank))];
      return [
        [`nn.${name}()`, () => new nn[name](), inputs],
        [`nn.${name}(0.3)`, () => new nn[name](0.3), inputs],
        [`nn.${name}(p=0.2, inplace=True)`, () => new nn[name]({ p: 0.2, inplace: true }), inputs],
        [`nn.${name}(1.0)`, () => new nn[name](1), inputs],
      ];
    }),
  );
}

/** A module works on copies, since it may change its inputs. */
const python = `
torch.manual_seed(2)
_m = MODULE
text = repr(_m)
outputs, gradients, states = [], [], [list(_m.state_dict().items())]
for _training in (True, False):
    _m.train(_training)
    _inputs = [x.detach().requires_grad_() if getattr(x, 'requires_grad', False) else x for x in inputs]
    torch.manual_seed(3)
    _y = _m(*[x.clone() if getattr(x, 'requires_grad', False) else x for x in _inputs])
    outputs.append(_y.detach())
    if _y.requires_grad:
        torch.manual_seed(4)
        _y.backward(torch.randn(_y.shape, dtype=_y.dtype))
    _leaves = [x for x in _inputs if getattr(x, 'requires_grad', False)] + list(_m.parameters())
    _grads = [x.grad for x in _leaves]
    gradients.append([g.to_dense() if g is not None and g.is_sparse else g for g in _grads])
    _m.zero_grad()
    states.append([(k, v.clone()) for k, v in _m.state_dict().items()])
`;

const requiresGrad = (value: unknown): value is Tensor => value instanceof torch.Tensor && value.requiresGrad;

function plain(value: PythonValue): PythonValue {
  return isPythonTensor(value) ? ({ ...value, requiresGrad: false } as unknown as PythonValue) : value;
}

/** Makes, trains and evaluates a module, and compares each step with Python. */
async function compare(run: ReturnType<typeof usePython>['run'], [source, make, inputs]: Row): Promise<void> {
  torch.manualSeed(1);
  const given = inputs();
  const theirs = await run(python.replace('MODULE', source), { inputs: given });
  torch.manualSeed(2);
  const module = make() as AnyModule;
  expect(String(module)).to.equal(theirs.text);
  const states = theirs.states as [string, PythonValue][][];
  const expectState = (step: number) => {
    const state = [...module.stateDict()];
    const expected = states[step] as [string, PythonValue][];
    expect(
      state.map(([name]) => name),
      'names',
    ).to.deep.equal(expected.map(([name]) => name));
    state.forEach(([name, tensor], i) => {
      expectSameBits(tensor, plain((expected[i] as [string, PythonValue])[1]), `state ${step}: ${name}`);
    });
  };
  expectState(0);
  for (const [i, training] of [true, false].entries()) {
    module.train(training);
    const leaves = given.map((each) => (requiresGrad(each) ? each.detach().requiresGrad_() : each));
    torch.manualSeed(3);
    const y = module(...leaves.map((each) => (requiresGrad(each) ? each.clone() : each))) as Tensor;
    expectSameBits(y.detach(), (theirs.outputs as PythonValue[])[i], 'output');
    if (y.requiresGrad) {
      torch.manualSeed(4);
      y.backward(torch.randn(y.shape, { dtype: y.dtype }));
    }
    const gradients = [...leaves.filter(requiresGrad), ...module.parameters()].map(({ grad }) =>
      grad?.isSparse === true ? grad.toDense() : grad,
    );
    expectSameBits(gradients, (theirs.gradients as PythonValue[])[i], 'gradients');
    module.zeroGrad();
    expectState(i + 1);
  }
}

const families: Readonly<Record<string, () => Row[]>> = { activations, dropout: dropouts };

describe('pointwise modules beside Python', () => {
  const { run } = usePython();
  for (const [name, rows] of Object.entries(families)) {
    describe(name, () => {
      for (const row of rows()) it(row[0], () => compare(run, row));
    });
  }
});
