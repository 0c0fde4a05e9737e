/** A module beside Python: made with one seed, trained for a step and evaluated, each step compared bit for bit. */

import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { expectSameBits, isPythonTensor, type PythonInput, type PythonValue, type usePython } from './oracle.ts';

type AnyModule = torch.nn.Module & ((...inputs: unknown[]) => unknown);

/** The module in Python, the same here, and its inputs. */
export type ModuleRow = readonly [source: string, make: () => torch.nn.Module, inputs: () => readonly PythonInput[]];

/** A module works on copies, since it may change its inputs. */
const python = `
torch.manual_seed(2)
_m = MODULE
text = repr(_m)
outputs, gradients, states = [], [], [[(k, v.clone()) for k, v in _m.state_dict().items()]]
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

export const requiresGrad = (value: unknown): value is torch.Tensor =>
  value instanceof torch.Tensor && value.requiresGrad;

function plain(value: PythonValue): PythonValue {
  return isPythonTensor(value) ? ({ ...value, requiresGrad: false } as unknown as PythonValue) : value;
}

/** Makes, trains and evaluates a module, and compares each step with Python. */
export async function compareModule(
  run: ReturnType<typeof usePython>['run'],
  [source, make, inputs]: ModuleRow,
): Promise<void> {
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
    const y = module(...leaves.map((each) => (requiresGrad(each) ? each.clone() : each))) as torch.Tensor;
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
