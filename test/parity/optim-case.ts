/** One case of PyTorch's database of optimizers, run in Node beside what Python made of it. */

import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { type DescribedTensor, Rebuilder, rebuildTensor } from './described.ts';
import { expectSameText } from './exceptions.ts';
import {
  expectSameBits,
  fromWire,
  isPythonTensor,
  type PythonInput,
  type PythonTensor,
  type PythonValue,
} from './oracle.ts';

interface Raised {
  readonly type: string;
  readonly message: string;
}

interface Step {
  readonly loss: PythonTensor | null;
  readonly parameters: readonly PythonTensor[];
}

/** What Python's optimizer does after it has loaded a state. */
export interface Resumed {
  readonly steps: readonly Step[];
  readonly state: PythonValue;
  readonly printed: string;
}

/** One input of an entry of the database, and what Python made of it; as optim_db.py tells it. */
export interface OptimCase {
  readonly description: string;
  readonly options: PythonValue;
  readonly tensors: readonly DescribedTensor[];
  readonly sparse: boolean;
  readonly needsClosure: boolean;
  readonly start: readonly PythonTensor[];
  readonly gradients: readonly (readonly (PythonTensor | null)[])[];
  readonly targets: readonly PythonTensor[];
  readonly firstSteps: number;
  readonly steps: readonly Step[];
  readonly printed?: string;
  readonly state?: PythonValue;
  readonly resumable?: boolean;
  readonly resumed?: Resumed;
  readonly raised?: Raised;
}

/** A way of making an optimizer, or of stepping it, that fails; as optim_db.py tells it. */
export interface OptimError {
  readonly description: string;
  readonly params: PythonValue;
  readonly options: PythonValue;
  readonly tensors: readonly DescribedTensor[];
  readonly gradients: readonly (PythonTensor | null)[];
  readonly steps: boolean;
  readonly raised: Raised | null;
}

type Stepping = torch.optim.Optimizer & { step(closure?: () => torch.Tensor): unknown };

/** Values of state dicts: tensors by their bits, objects with the same keys in the same order. */
function expectSame(actual: unknown, expected: PythonValue, label: string): void {
  if (isPythonTensor(expected)) {
    if (!(actual instanceof torch.Tensor)) throw new Error(`${label}: Python has a tensor, got ${String(actual)}`);
    expectSameBits(actual.isSparse ? actual.toDense() : actual, expected, label);
  } else if (Array.isArray(expected)) {
    expect(actual, label).to.be.an('array').with.lengthOf(expected.length);
    for (const [i, each] of expected.entries()) expectSame((actual as unknown[])[i], each, `${label}[${i}]`);
  } else if (typeof expected === 'object' && expected !== null && !(expected instanceof torch.Complex)) {
    expect(Object.keys(actual as object), `${label}: keys`).to.deep.equal(Object.keys(expected));
    for (const [key, each] of Object.entries(expected)) {
      expectSame((actual as Record<string, unknown>)[key], each, `${label}.${key}`);
    }
  } else expect(actual, label).to.deep.equal(expected);
}

/** A state dict of Python's with tensors of ours. */
function received(value: PythonValue): unknown {
  if (isPythonTensor(value)) return fromWire(value);
  if (Array.isArray(value)) return value.map(received);
  if (typeof value !== 'object' || value === null || value instanceof torch.Complex) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, received(each)]));
}

/** An optimizer with its parameters. */
class Training {
  readonly optimizer: Stepping;
  readonly parameters: torch.Tensor[];
  readonly #case: OptimCase;

  constructor(name: string, variant: string, theirs: OptimCase, start: readonly PythonTensor[]) {
    this.#case = theirs;
    this.parameters = start.map((each) => {
      const tensor = fromWire({ ...each, requiresGrad: false } as PythonValue);
      tensor.requiresGrad = true;
      return tensor;
    });
    const rebuilder = new Rebuilder(theirs.tensors.map(rebuildTensor));
    const options = rebuilder.value(theirs.options) as object;
    this.optimizer = rebuilder.construct(
      `optim.${name}`,
      Object.keys(options).length === 0 ? [this.#grouped(variant)] : [this.#grouped(variant), options],
    ) as Stepping;
  }

  #grouped(variant: string): unknown {
    if (variant === 'named') return this.parameters.map((each, i) => [`p${i}`, each]);
    if (variant !== 'groups') return this.parameters;
    return [{ params: this.parameters.slice(0, 2) }, { params: this.parameters.slice(2), lr: 0.02 }];
  }

  /** Takes as many steps as Python did, from step `first` on, and compares after each. */
  follow(first: number, steps: readonly Step[]): void {
    for (const [i, expected] of steps.entries()) {
      const loss = torch.scope(() => this.step(first + i));
      const label = `step ${first + i}`;
      if (expected.loss !== null) expectSameBits(loss as torch.Tensor, expected.loss as PythonValue, `${label}: loss`);
      expectSameBits(
        this.parameters.map((each) => each.detach()),
        plain(expected.parameters),
        `${label}: parameters`,
      );
    }
  }

  step(number: number): unknown {
    const { gradients, needsClosure, sparse, targets } = this.#case;
    if (needsClosure) return this.optimizer.step(this.#closure(targets.map((each) => fromWire(each as PythonValue))));
    for (const [i, parameter] of this.parameters.entries()) {
      const given = gradients[number]?.[i] ?? null;
      const gradient = given === null ? null : fromWire(given as PythonValue);
      parameter.grad = sparse && gradient !== null ? gradient.toSparse(1) : gradient;
    }
    return this.optimizer.step();
  }

  #closure(targets: readonly torch.Tensor[]): () => torch.Tensor {
    return () => {
      this.optimizer.zeroGrad();
      const losses = this.parameters.map((parameter, i) => {
        const real = parameter.isComplex() ? torch.viewAsReal(parameter) : parameter;
        const distance = real.sub(targets[i] as torch.Tensor);
        return distance.pow(2).sum().add(distance.pow(4).mul(0.1).sum());
      });
      const loss = torch.stack(losses).sum();
      loss.backward();
      return loss;
    };
  }
}

function plain(list: readonly PythonTensor[]): PythonValue {
  return list.map((each) => ({ ...each, requiresGrad: false })) as unknown as PythonValue;
}

/** What our optimizer leaves for one of Python's to go on from. */
export interface Left {
  readonly parameters: PythonInput;
  readonly state: PythonInput;
}

/** Steps beside Python, loads Python's state and goes on; gives our own state for Python to go on from. */
export function compareOptimizer(name: string, variant: string, theirs: OptimCase): Left | undefined {
  const { raised } = theirs;
  if (raised !== undefined) {
    try {
      const training = new Training(name, variant, theirs, theirs.start);
      for (let i = 0; i < theirs.firstSteps; i++) training.step(i);
    } catch (error) {
      if (error instanceof ReferenceError) throw error;
      return undefined;
    }
    throw new Error(`Python raises ${raised.type}: ${raised.message}; here nothing was thrown`);
  }
  const training = new Training(name, variant, theirs, theirs.start);
  expectSameText(String(training.optimizer), theirs.printed);
  training.follow(0, theirs.steps);
  const state = training.optimizer.stateDict();
  expectSame(state, theirs.state as PythonValue, 'state');
  const { resumed } = theirs;
  if (resumed === undefined) return undefined;
  const next = new Training(name, variant, theirs, theirs.steps.at(-1)?.parameters ?? []);
  next.optimizer.loadStateDict(received(theirs.state as PythonValue) as torch.optim.OptimizerStateDict);
  try {
    next.follow(theirs.firstSteps, resumed.steps);
    expectSame(next.optimizer.stateDict(), resumed.state, 'state');
    expectSameText(String(next.optimizer), resumed.printed);
  } catch (error) {
    throw new Error(`after loading Python's state: ${(error as Error).message}`, { cause: error });
  }
  const parameters = training.parameters.map((each) => each.detach());
  return { parameters, state: state as unknown as PythonInput };
}

/** Makes what fails in Python, and steps if it is the step that fails. */
export function compareError(name: string, theirs: OptimError): void {
  const tensors = theirs.tensors.map(rebuildTensor);
  for (const [i, gradient] of theirs.gradients.entries()) {
    if (gradient !== null) (tensors[i] as torch.Tensor).grad = fromWire(gradient as PythonValue);
  }
  const rebuilder = new Rebuilder(tensors);
  let thrown: unknown;
  try {
    const args = [rebuilder.value(theirs.params), rebuilder.value(theirs.options)];
    const optimizer = rebuilder.construct(`optim.${name}`, args) as Stepping;
    if (theirs.steps) optimizer.step();
  } catch (error) {
    if (error instanceof ReferenceError) throw error;
    thrown = error;
  }
  if (theirs.raised !== null && thrown === undefined) {
    throw new Error(`Python raises ${theirs.raised.type}: ${theirs.raised.message}; here nothing was thrown`);
  }
  if (theirs.raised === null && thrown !== undefined) throw thrown;
}
