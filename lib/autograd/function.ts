/** Operations whose backward is written in TypeScript (`torch.autograd.Function`). */

import { describeValue } from '../errors.ts';
import { native, reserve, useFrame, words, writeHandles } from '../native.ts';
import { keep, release } from '../scope.ts';
import { Tensor, wrap, wrapOptional } from '../tensor.ts';
import { withGradMode } from './modes.ts';

/** What `saveForBackward` was given, in its order; typed so that it can be taken apart by position. */
export type SavedTensors = readonly [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, ...Tensor[]];

/**
 * What `forward` leaves for `backward`. Any field may be set on it; tensors in its fields outlive scopes. Inputs and
 * outputs belong into `saveForBackward`: an output in a field would keep its own graph alive for ever, and only saved
 * tensors are checked for changes in place.
 */
export interface FunctionContext {
  [field: string]: unknown;
  /** Saves inputs or outputs of `forward` (null is allowed) until the graph is freed. */
  saveForBackward(...tensors: (Tensor | null)[]): void;
  /**
   * The saved tensors; only inside `backward`.
   * @throws TorchError when `backward` is entered if one was changed in place since it was saved.
   */
  readonly savedTensors: SavedTensors;
  /** Says that `forward` changed these inputs in place; each must also be returned. */
  markDirty(...inputs: Tensor[]): void;
  /** Says that these outputs have no gradient. */
  markNonDifferentiable(...outputs: Tensor[]): void;
  /** With false, `backward` gets null instead of zeros for an output without gradient. */
  setMaterializeGrads(materialize: boolean): void;
  /** Whether each argument of `forward` is a tensor that requires a gradient. */
  readonly needsInputGrad: readonly boolean[];
}

/** What `backward` may return: one gradient for each argument of `forward`, null where there is none. */
export type InputGradients = Tensor | null | undefined | readonly (Tensor | null | undefined)[];

/** A class that `apply` can be called on. */
export interface FunctionClass<Inputs extends unknown[], Output> {
  readonly name: string;
  forward(ctx: FunctionContext, ...inputs: Inputs): Output;
  backward(ctx: FunctionContext, ...gradOutputs: Tensor[]): InputGradients;
}

class Context implements FunctionContext {
  [field: string]: unknown;
  readonly needsInputGrad: readonly boolean[];
  readonly #record: Recording;

  constructor(needsInputGrad: readonly boolean[], record: Recording) {
    this.needsInputGrad = needsInputGrad;
    this.#record = record;
  }

  saveForBackward(...tensors: (Tensor | null)[]): void {
    for (const tensor of tensors) {
      if (tensor !== null && !(tensor instanceof Tensor)) throw notTensor(this.#record, 'saveForBackward', tensor);
    }
    this.#record.saved = tensors;
  }

  get savedTensors(): SavedTensors {
    const { unpacked, name } = this.#record;
    if (unpacked === undefined) throw new TypeError(`${name}: savedTensors can be read inside backward only`);
    return unpacked as unknown as SavedTensors;
  }

  markDirty(...inputs: Tensor[]): void {
    this.#record.dirty = expectTensors(this.#record, 'markDirty', inputs);
  }

  markNonDifferentiable(...outputs: Tensor[]): void {
    this.#record.notDifferentiable = expectTensors(this.#record, 'markNonDifferentiable', outputs);
  }

  setMaterializeGrads(materialize: boolean): void {
    this.#record.materialize = materialize;
  }
}

/** What one application has been told about itself. */
interface Recording {
  readonly name: string;
  saved: readonly (Tensor | null)[];
  dirty: readonly Tensor[];
  notDifferentiable: readonly Tensor[];
  materialize: boolean;
  /** While backward runs. */
  unpacked: readonly (Tensor | null)[] | undefined;
}

function notTensor(record: Recording, method: string, value: unknown): TypeError {
  return new TypeError(`${record.name}: ${method} takes tensors, got ${describeValue(value)}`);
}

function expectTensors(record: Recording, method: string, values: readonly Tensor[]): readonly Tensor[] {
  for (const value of values) if (!(value instanceof Tensor)) throw notTensor(record, method, value);
  return values;
}

/** Reads a count and handles at a position of the frame; the next position comes back first. */
function readHandles(at: number): [number, number[]] {
  const count = words[at] as number;
  return [at + 1 + count, Array.from(words.subarray(at + 1, at + 1 + count))];
}

function writeNumbers(at: number, numbers: readonly number[]): number {
  reserve(at + numbers.length + 16);
  words[at] = numbers.length;
  words.set(numbers, at + 1);
  return at + 1 + numbers.length;
}

/** Checks what `backward` returned: a gradient or null for each argument, null for those that are no tensors. */
function checkGradients(name: string, returned: InputGradients, isTensor: readonly boolean[]): (Tensor | null)[] {
  const list: readonly unknown[] = Array.isArray(returned) ? returned : [returned];
  const extra = list.slice(isTensor.length).some((gradient) => gradient != null);
  if (list.length < isTensor.length || extra) {
    throw new TypeError(
      `${name}.backward: must return one gradient per argument of forward: ${isTensor.length}, got ${list.length}`,
    );
  }
  const gradients: (Tensor | null)[] = [];
  for (let i = 0; i < isTensor.length; i++) {
    const gradient = list[i] ?? null;
    if (gradient !== null && !(gradient instanceof Tensor)) {
      throw new TypeError(`${name}.backward: gradient ${i} must be a Tensor or null, got ${describeValue(gradient)}`);
    }
    if (isTensor[i]) gradients.push(gradient);
    else if (gradient !== null) {
      throw new TypeError(
        `${name}.backward: gradient ${i} must be null, because argument ${i} of forward is no tensor`,
      );
    }
  }
  return gradients;
}

/** What the graph calls, for as long as it lives: it must hold neither inputs nor outputs. */
function backwardCallback(
  name: string,
  owner: FunctionClass<never[], unknown>,
  ctx: Context,
  record: Recording,
  isTensor: readonly boolean[],
  outputPositions: readonly number[],
  outputCount: number,
): (grown?: ArrayBuffer) => void {
  return (grown) => {
    useFrame(grown);
    const [next, saved] = readHandles(0);
    const [, given] = readHandles(next);
    // All are wrapped before anything may throw, so that each has an owner.
    const unpacked = saved.map(wrapOptional);
    const received = given.map(wrapOptional);
    const gradients: (Tensor | null)[] = new Array(outputCount).fill(null);
    for (const [i, position] of outputPositions.entries()) gradients[position] = received[i] ?? null;
    const outer = record.unpacked;
    record.unpacked = unpacked;
    let result: (Tensor | null)[];
    try {
      result = checkGradients(name, owner.backward(ctx, ...(gradients as Tensor[])), isTensor);
    } finally {
      record.unpacked = outer;
      keep({ ...ctx });
    }
    reserve(result.length);
    for (const [i, gradient] of result.entries()) words[i] = gradient === null ? 0 : gradient.handle;
  };
}

/**
 * An operation with its own gradient (`torch.autograd.Function`): a subclass writes `static forward` and
 * `static backward`, and `apply` runs it. `forward` runs without recording; `backward` gets one gradient per output and
 * returns one per argument, null for arguments that are no tensors or need none. With `createGraph`, what `backward`
 * computes is recorded, so it can be differentiated in turn.
 *
 * @example
 * class Exp extends torch.autograd.Function {
 *   static forward(ctx: torch.autograd.FunctionContext, x: torch.Tensor) {
 *     const y = x.exp();
 *     ctx.saveForBackward(y);
 *     return y;
 *   }
 *   static backward(ctx: torch.autograd.FunctionContext, gradOutput: torch.Tensor) {
 *     const [y] = ctx.savedTensors;
 *     return gradOutput.mul(y);
 *   }
 * }
 * const y = Exp.apply(x);
 */
// biome-ignore lint/complexity/noStaticOnlyClass: users extend it, as in PyTorch
export class AutogradFunction {
  /**
   * Runs `forward` on these arguments and records the operation.
   *
   * @returns what `forward` returned: its tensors, now part of the graph. An input that is returned unchanged comes back
   *   as a view; one that was marked dirty is the same object.
   * @throws TypeError if `forward` is missing, async or returns no tensor.
   */
  static apply<Inputs extends unknown[], Output>(this: FunctionClass<Inputs, Output>, ...inputs: Inputs): Output {
    // biome-ignore lint/complexity/noThisInStatic: the subclass that `apply` is called on
    return apply(this, inputs);
  }
}

function apply<Inputs extends unknown[], Output>(owner: FunctionClass<Inputs, Output>, inputs: Inputs): Output {
  const name = owner.name || 'Function';
  for (const method of ['forward', 'backward'] as const) {
    if (typeof owner[method] !== 'function') throw new TypeError(`${name}: must have a static method ${method}`);
  }
  const record: Recording = {
    name,
    saved: [],
    dirty: [],
    notDifferentiable: [],
    materialize: true,
    unpacked: undefined,
  };
  const needed = inputs.map((input) => input instanceof Tensor && input.requiresGrad);
  const ctx = new Context(needed, record);
  const returned = withGradMode(`${name}.forward`, false, () => owner.forward(ctx, ...inputs));
  const isList = Array.isArray(returned);
  const outputs: unknown[] = isList ? returned : [returned];
  const positions = outputs.flatMap((output, i) => (output instanceof Tensor ? [i] : []));
  if (positions.length === 0 || (!isList && positions.length !== 1)) {
    throw new TypeError(`${name}.forward: must return a Tensor or a list with tensors, got ${describeValue(returned)}`);
  }
  const tensorInputs = inputs.filter((input) => input instanceof Tensor);
  const tensorOutputs = positions.map((i) => outputs[i] as Tensor);
  const dirty = record.dirty.map((tensor) => {
    const position = tensorInputs.indexOf(tensor);
    if (position < 0) throw new TypeError(`${name}: markDirty takes arguments of forward, got another tensor`);
    if (!tensorOutputs.includes(tensor)) throw new TypeError(`${name}: forward must return what it marked as dirty`);
    return position;
  });
  const notDifferentiable = record.notDifferentiable.map((tensor) => tensorOutputs.indexOf(tensor));
  if (notDifferentiable.includes(-1)) {
    throw new TypeError(`${name}: markNonDifferentiable takes outputs of forward, got another tensor`);
  }
  const callback = backwardCallback(
    name,
    owner as unknown as FunctionClass<never[], unknown>,
    ctx,
    record,
    inputs.map((input) => input instanceof Tensor),
    positions,
    outputs.length,
  );
  let at = writeHandles(0, tensorInputs);
  at = writeHandles(at, tensorOutputs);
  at = writeHandles(at, record.saved);
  at = writeNumbers(at, dirty);
  at = writeNumbers(at, notDifferentiable);
  words[at] = record.materialize ? 1 : 0;
  useFrame(native.recordFunction(`${name}Backward`, callback));
  const handles = Array.from(words.subarray(0, tensorOutputs.length));
  record.saved = [];
  record.dirty = [];
  record.notDifferentiable = [];
  keep({ ...ctx });
  const results = [...outputs];
  for (const [i, position] of positions.entries()) {
    results[position] = recorded(tensorOutputs[i] as Tensor, handles[i] as number);
  }
  return (isList ? results : results[0]) as Output;
}

/** The output as an object: the one that forward returned, unless autograd had to make a view of an input. */
function recorded(output: Tensor, handle: number): Tensor {
  words[0] = output.handle;
  words[1] = handle;
  if (!native.sameTensor()) return wrap(handle);
  release([{ handle }]);
  return output;
}
