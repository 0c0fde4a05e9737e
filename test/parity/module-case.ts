/** One case of PyTorch's database of modules, run in Node beside what Python made of it. */

import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import {
  type DescribedCall,
  type DescribedTensor,
  type NamedTensors,
  Rebuilder,
  rebuildTensor,
  tensorsIn,
} from './described.ts';
import { expectSameText } from './exceptions.ts';
import { expectSameBits, fromWire, type PythonTensor, type PythonValue } from './oracle.ts';

interface Raised {
  readonly raised: { readonly type: string; readonly message: string };
}

interface Output {
  readonly value: PythonTensor;
  readonly strides: readonly number[];
  readonly requiresGrad: boolean;
}

interface Constructed {
  readonly state: NamedTensors;
  readonly draw: PythonTensor;
}

interface Inferred {
  readonly outputs: readonly (Output | null)[];
  readonly state: NamedTensors;
}

interface Trained extends Inferred {
  readonly draw: PythonTensor;
  readonly cotangents: readonly PythonTensor[];
  readonly inputGradients: readonly (PythonTensor | null)[];
  readonly parameterGradients: NamedTensors;
}

/** One entry of the database with one of its inputs, and what Python made of it; as module_db.py tells it. */
export interface ModuleCase {
  readonly seed: number;
  readonly description: string;
  /** Whether it stands in the database because it is to fail. */
  readonly wrong: boolean;
  readonly construct: DescribedCall;
  readonly forward: DescribedCall | null;
  readonly tensors: readonly DescribedTensor[];
  readonly constructed: Constructed | Raised;
  readonly constructedAs?: Constructed;
  /** Also as it would be with floats for ints where Python declares floats. */
  readonly printed: readonly [string, string];
  readonly trained: Trained | Raised;
  readonly inferred: Inferred | Raised;
}

type Called = torch.nn.Module & ((...inputs: unknown[]) => unknown);

function isRaised(value: object): value is Raised {
  return 'raised' in value;
}

function expectNamed(actual: Iterable<readonly [string, torch.Tensor | null]>, expected: NamedTensors, label: string) {
  const ours = [...actual];
  expect(
    ours.map(([name]) => name),
    `${label}: names`,
  ).to.deep.equal(expected.map(([name]) => name));
  for (const [i, [name, tensor]] of ours.entries()) {
    expectSameBits(tensor, (expected[i] as NamedTensors[number])[1] as PythonValue, `${label}: ${name}`);
  }
}

function expectOutputs(actual: unknown, expected: readonly (Output | null)[]): void {
  const ours = tensorsIn(actual);
  expect(ours.length, 'number of outputs').to.equal(expected.length);
  for (const [i, tensor] of ours.entries()) {
    const label = `output ${i}`;
    const theirs = expected[i] as Output | null;
    expectSameBits(tensor, theirs === null ? null : (theirs.value as PythonValue), label);
    if (tensor === null || theirs === null) continue;
    expect(tensor.stride(), `${label}: strides`).to.deep.equal(theirs.strides);
    expect(tensor.requiresGrad, `${label}: requiresGrad`).to.equal(theirs.requiresGrad);
  }
}

/** Runs `ours`, which must throw exactly if Python raised, and compares where neither did. */
function beside<T extends object, R>(theirs: T | Raised, ours: () => R, compare: (theirs: T, ours: R) => void): void {
  let result: R;
  try {
    result = ours();
  } catch (error) {
    // What is not there at all throws a ReferenceError.
    if (isRaised(theirs) && !(error instanceof ReferenceError)) return;
    throw new Error((error as Error).stack?.split('\n').slice(0, 4).join('\n'), { cause: error });
  }
  if (isRaised(theirs)) {
    throw new Error(`Python raises ${theirs.raised.type}: ${theirs.raised.message}; here nothing was thrown`);
  }
  compare(theirs, result);
}

/** Runs a part of the comparison; what it throws is told with the part's name. */
export type Attempt = (part: string, body: () => void) => void;

/** Makes the module of one case, trains and infers, and compares each part with what Python did. */
export function compareCase(
  name: string,
  { seed, ...theirs }: ModuleCase,
  training: boolean,
  dtype: torch.DType,
  attempt: Attempt,
): void {
  const tensors = theirs.tensors.map(rebuildTensor);
  const rebuilder = new Rebuilder(tensors);
  const construct = (extra: Readonly<Record<string, unknown>> = {}) => {
    const args = rebuilder.call(theirs.construct, extra);
    torch.manualSeed(seed);
    return rebuilder.construct(`nn.${name}`, args) as torch.nn.Module;
  };
  const compareConstructed = (expected: Constructed, module: torch.nn.Module) => {
    expectSameBits(torch.rand([1]), expected.draw as PythonValue, 'the next random number');
    expectNamed(module.stateDict(), expected.state, 'initial state');
  };
  if (theirs.wrong && !isRaised(theirs.constructed) && isRaised(theirs.trained)) {
    // What Python finds in the forward pass may be found before.
    attempt('fail', () => {
      beside(
        theirs.trained,
        () => (construct().to(dtype).train(training) as Called)(...rebuilder.call(theirs.forward as DescribedCall)),
        () => {},
      );
    });
    return;
  }
  let module: torch.nn.Module | undefined;
  attempt('construct', () => {
    beside(theirs.constructed, construct, (expected, made) => {
      module = made;
      compareConstructed(expected, made);
    });
  });
  const { constructedAs } = theirs;
  if (constructedAs !== undefined) {
    attempt(`construct as ${dtype}`, () => compareConstructed(constructedAs, construct({ dtype })));
  }
  if (module === undefined) return;
  const made = module.to(dtype).train(training) as Called;
  attempt('print', () => {
    const text = String(made);
    if (text !== theirs.printed[1]) expectSameText(text, theirs.printed[0]);
  });
  if (theirs.forward === null) return;
  const inputs = rebuilder.call(theirs.forward);
  const { trained, inferred } = theirs;
  const cotangents = isRaised(trained) ? [] : trained.cotangents.map((each) => fromWire(each as PythonValue));
  const forward = () => {
    torch.manualSeed(seed + 1);
    const output = made(...inputs);
    const draw = torch.rand([1]);
    const roots = tensorsIn(output).filter((each) => each?.requiresGrad === true) as torch.Tensor[];
    // Where Python raised there are no cotangents, and what it raised may come from its backward pass.
    torch.autograd.backward(roots, isRaised(trained) ? roots.map((each) => torch.onesLike(each)) : cotangents);
    return { output, draw };
  };
  attempt('train', () => {
    beside(trained, forward, (expected, { output, draw }) => {
      expectOutputs(output, expected.outputs);
      expectSameBits(draw, expected.draw as PythonValue, 'the next random number');
      for (const [i, gradient] of expected.inputGradients.entries()) {
        const own = (tensors[i] as torch.Tensor).grad;
        if (gradient === null) expect(own, `gradient of tensor ${i}`).to.equal(null);
        else expectSameBits(own, gradient as PythonValue, `gradient of tensor ${i}`);
      }
      const gradients = [...made.namedParameters()].map(([key, { grad }]) => [key, grad] as const);
      expectNamed(gradients, expected.parameterGradients, 'gradients');
      expectNamed(made.stateDict(), expected.state, 'state after the forward pass');
    });
  });
  const infer = () => torch.noGrad(() => made(...inputs));
  const inferSeeded = () => {
    torch.manualSeed(seed + 2);
    return infer();
  };
  attempt('infer', () => {
    beside(inferred, inferSeeded, (expected, output) => {
      expectOutputs(output, expected.outputs);
      expectNamed(made.stateDict(), expected.state, 'state');
    });
  });
  if (isRaised(inferred)) return;
  attempt('free', () => {
    const { tensors: before } = torch.memory();
    torch.scope(() => {
      infer();
    });
    expect(torch.memory().tensors, 'live tensors after another inference').to.be.at.most(before);
  });
}
