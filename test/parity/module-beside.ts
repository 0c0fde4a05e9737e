/** A module made, run and differentiated here and in Python from the same seed. */

import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { expectSameBits, type Oracle, type PythonInput } from './oracle.ts';

export interface Beside {
  /** Python's module, such as `nn.LSTM(3, 4)`; `x` … are in scope. */
  readonly module: string;
  /** Python's call of `_m`, such as `_m(x, (h, c))`. */
  readonly call: string;
  readonly make: () => torch.nn.Module;
  /** The outputs of the call, nested as they are. */
  readonly run: (module: torch.nn.Module) => unknown;
  readonly inputs?: Readonly<Record<string, torch.Tensor>>;
  /** Python's source before it. */
  readonly prelude?: string;
  /** Whether in evaluation mode; false by default. */
  readonly evaluating?: boolean;
  /** Whether without gradients; false by default. */
  readonly noGrad?: boolean;
}

/** The tensors of an output in order, null for those that are not there. */
export function flatten(value: unknown): (torch.Tensor | null)[] {
  if (Array.isArray(value)) return value.flatMap(flatten);
  return [value as torch.Tensor | null];
}

const pythonSource = `
def _flatten(value):
    if isinstance(value, (tuple, list)): return [each for item in value for each in _flatten(item)]
    return [value]
torch.manual_seed(21)
_m = MODULE
draw = torch.rand(1)
_m.train(not evaluating)
keys, text = list(_m.state_dict().keys()), repr(_m)
state = [each.clone() for each in _m.state_dict().values()]
torch.manual_seed(22)
with torch.set_grad_enabled(not no_grad):
    _out = _flatten(CALL)
if not no_grad:
    torch.autograd.backward([(each * each).sum() for each in _out if each is not None and each.requires_grad])
outputs = [None if each is None else each.detach() for each in _out]
strides = [None if each is None else list(each.stride()) for each in _out]
gradients = [None if p.grad is None else p.grad for p in _m.parameters()]
input_gradients = [each.grad for each in given.values()]
`;

/** Fails unless initial bits, names, printed form, outputs with their strides, and all gradients are Python's. */
export async function expectBeside(python: Pick<Oracle, 'run'>, test: Beside): Promise<void> {
  const { inputs = {}, prelude = '', evaluating = false, noGrad = false } = test;
  torch.manualSeed(21);
  const module = torch.scope(() => test.make()).train(!evaluating);
  const draw = torch.rand([1]);
  const state = module.stateDict();
  const copies = [...state.values()].map((each) => each.clone());
  torch.manualSeed(22);
  const outputs = flatten(torch.setGradEnabled(!noGrad, () => test.run(module)));
  const roots = outputs.filter((each) => each?.requiresGrad === true) as torch.Tensor[];
  if (!noGrad) torch.autograd.backward(roots.map((each) => each.mul(each).sum()));
  const theirs = await python.run(
    `${prelude}
${Object.keys(inputs).length > 0 ? `${Object.keys(inputs).join(', ')}, = given.values()` : ''}
${pythonSource.replace('MODULE', test.module).replace('CALL', test.call)}`,
    { given: inputs as PythonInput, evaluating, no_grad: noGrad },
  );
  expect([...state.keys()], 'names').to.deep.equal(theirs.keys);
  expect(String(module), 'printed form').to.equal(theirs.text);
  expectSameBits(copies, theirs.state, 'initial values');
  expectSameBits(draw, theirs.draw, 'the next random number');
  expectSameBits(
    outputs.map((each) => each?.detach() ?? null),
    theirs.outputs,
    'outputs',
  );
  expect(
    outputs.map((each) => each?.stride() ?? null),
    'strides',
  ).to.deep.equal(theirs.strides);
  expectSameBits(
    [...module.parameters()].map((each) => each.grad),
    theirs.gradients,
    'gradients',
  );
  expectSameBits(
    Object.values(inputs).map((each) => each.grad),
    theirs.input_gradients,
    'input gradients',
  );
}
