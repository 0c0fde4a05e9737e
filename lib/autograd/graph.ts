/** Gradients: backward passes, the gradients of leaves, and hooks on tensors. */

import { describeValue } from '../errors.ts';
import { native, useFrame, words, writeHandles } from '../native.ts';
import { keep } from '../scope.ts';
import { Tensor, wrap, wrapOptional } from '../tensor.ts';

export interface BackwardOptions {
  /** Keeps the graph for another pass; as `createGraph` when not given. */
  retainGraph?: boolean | null;
  /** Records the backward pass itself, for higher derivatives. */
  createGraph?: boolean;
  /** Only these leaves get gradients. */
  inputs?: Tensor | readonly Tensor[] | null;
}

function expectTensors(where: string, value: Tensor | readonly Tensor[]): readonly Tensor[] {
  const list = value instanceof Tensor ? [value] : value;
  if (!Array.isArray(list) || !list.every((each) => each instanceof Tensor)) {
    throw new TypeError(`${where} must be a Tensor or a list of them, got ${describeValue(value)}`);
  }
  return list;
}

function expectGradients(
  where: string,
  value: Tensor | readonly (Tensor | null)[] | null | undefined,
  count: number,
): readonly (Tensor | null)[] {
  if (value == null) return [];
  const list = value instanceof Tensor ? [value] : value;
  if (!Array.isArray(list) || !list.every((each) => each === null || each instanceof Tensor)) {
    throw new TypeError(`${where} must be a Tensor, null or a list of them, got ${describeValue(value)}`);
  }
  if (list.length !== count)
    throw new RangeError(`${where} must hold one gradient per tensor: ${count}, got ${list.length}`);
  return list;
}

function retainWord(retainGraph: boolean | null | undefined): number {
  return retainGraph == null ? -1 : retainGraph ? 1 : 0;
}

/** Accumulates gradients of several tensors in their leaves (`torch.autograd.backward`). */
export function backwardAll(
  tensors: Tensor | readonly Tensor[],
  gradTensors?: Tensor | readonly (Tensor | null)[] | null,
  options: BackwardOptions = {},
): void {
  const roots = expectTensors('backward: tensors', tensors);
  const gradients = expectGradients('backward: gradTensors', gradTensors, roots.length);
  const inputs = options.inputs == null ? [] : expectTensors('backward: inputs', options.inputs);
  if (options.inputs != null && inputs.length === 0) throw new RangeError('backward: inputs must not be empty');
  let at = writeHandles(0, roots);
  at = writeHandles(at, gradients);
  at = writeHandles(at, inputs);
  words[at] = retainWord(options.retainGraph);
  words[at + 1] = options.createGraph === true ? 1 : 0;
  native.backward();
}

/** `Tensor.backward`, whose gradient may also stand among the options. */
export function backward(
  tensor: Tensor,
  gradient?: Tensor | null | (BackwardOptions & { gradient?: Tensor | null }),
  options?: BackwardOptions,
): void {
  if (gradient != null && !(gradient instanceof Tensor)) {
    if (typeof gradient !== 'object' || options !== undefined) {
      throw new TypeError(`backward: gradient must be a Tensor, got ${describeValue(gradient)}`);
    }
    backwardAll(tensor, gradient.gradient, gradient);
  } else {
    backwardAll(tensor, gradient, options);
  }
}

export interface GradOptions {
  gradOutputs?: Tensor | readonly (Tensor | null)[] | null;
  retainGraph?: boolean | null;
  createGraph?: boolean;
  /** Inputs that the outputs do not depend on give null instead of an error. */
  allowUnused?: boolean;
}

/**
 * The gradients of outputs with respect to inputs, returned and not accumulated (`torch.autograd.grad`).
 *
 * @returns one gradient per input, null for an unused one where `allowUnused` is set.
 * @example
 * const [dx] = torch.autograd.grad(y, [x], { createGraph: true });
 */
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options: GradOptions = {},
): (Tensor | null)[] {
  const roots = expectTensors('grad: outputs', outputs);
  const leaves = expectTensors('grad: inputs', inputs);
  if (leaves.length === 0) throw new RangeError('grad: inputs must not be empty');
  const gradients = expectGradients('grad: gradOutputs', options.gradOutputs, roots.length);
  let at = writeHandles(0, roots);
  at = writeHandles(at, leaves);
  at = writeHandles(at, gradients);
  words[at] = retainWord(options.retainGraph);
  words[at + 1] = options.createGraph === true ? 1 : 0;
  words[at + 2] = options.allowUnused === true ? 1 : 0;
  useFrame(native.gradient());
  // Copied first: wrapping writes to the frame.
  return Array.from(words.subarray(0, leaves.length)).map(wrapOptional);
}

/** The object that was last returned as a tensor's gradient, so that `x.grad === x.grad`. */
const seenGradients = new WeakMap<Tensor, Tensor>();

/** `Tensor.grad`. */
export function gradOf(tensor: Tensor): Tensor | null {
  const seen = seenGradients.get(tensor);
  words[0] = tensor.handle;
  words[1] = seen === undefined ? 0 : seen.handle;
  native.grad();
  const handle = words[0] as number;
  if (handle === 0) return null;
  if (seen !== undefined && seen.handle === handle) return seen;
  // The gradient lives as long as its tensor, so a scope must not take the object away.
  const gradient = keep(wrap(handle));
  seenGradients.set(tensor, gradient);
  return gradient;
}

export function setGradOf(tensor: Tensor, gradient: Tensor | null): void {
  if (gradient !== null && !(gradient instanceof Tensor)) {
    throw new TypeError(`grad: must be a Tensor or null, got ${describeValue(gradient)}`);
  }
  words[0] = tensor.handle;
  words[1] = gradient === null ? 0 : gradient.handle;
  native.setGrad();
  if (gradient === null) seenGradients.delete(tensor);
  else seenGradients.set(tensor, gradient);
}

/** Forgets the gradients of several tensors at once. */
export function clearGradients(tensors: readonly Tensor[]): void {
  writeHandles(0, tensors);
  native.clearGradients();
  for (const tensor of tensors) seenGradients.delete(tensor);
}

export function gradFnName(tensor: Tensor): string | undefined {
  words[0] = tensor.handle;
  return native.gradFn();
}

export function retainGrad(tensor: Tensor): void {
  words[0] = tensor.handle;
  native.retainGrad();
}

/** `Tensor.register_hook`. */
export function registerHook(
  tensor: Tensor,
  hook: (gradient: Tensor) => Tensor | null | undefined | void,
): { remove(): void } {
  if (typeof hook !== 'function')
    throw new TypeError(`registerHook: hook must be a function, got ${describeValue(hook)}`);
  words[0] = tensor.handle;
  const number = native.registerHook((grown) => {
    useFrame(grown);
    const replacement = hook(wrap(words[0] as number));
    if (replacement != null && !(replacement instanceof Tensor)) {
      throw new TypeError(`registerHook: a hook must return a Tensor or nothing, got ${describeValue(replacement)}`);
    }
    words[0] = replacement == null ? 0 : replacement.handle;
  });
  let registered = true;
  return {
    remove() {
      if (!registered) return;
      registered = false;
      words[0] = number;
      native.removeHook();
    },
  };
}
