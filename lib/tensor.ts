/** The tensor: an object that holds the number of a native slot. */

import { type DeviceLike, deviceName, type Layout, layoutName } from './device.ts';
import { type DType, dtypeName } from './dtype.ts';
import { describeValue } from './errors.ts';
import type { TensorMethods } from './generated/tensor-methods.ts';
import { native, useFrame, words } from './native.ts';
import { own, release } from './scope.ts';
import type { CoreMethods } from './tensor-methods.ts';

// Bits of the flags word that `describe` writes, as in binding/runtime.cc.
const requiresGradFlag = 1;
const isLeafFlag = 2;
const stridedFlag = 8;
const retainsGradFlag = 64;

function describe(tensor: Tensor): void {
  words[0] = tensor.handle;
  useFrame(native.describe());
}

/**
 * An n-dimensional array on a device, with autograd. Made by `torch.tensor`, `torch.zeros` … and by every operator; its
 * methods are PyTorch's, in camelCase.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: tensor-methods.ts puts these on the prototype
export class Tensor {
  /** Slot and generation of the native tensor; stale once it is disposed. */
  readonly handle: number;

  /** @internal Takes a handle; users make tensors with `torch.tensor` and friends. */
  constructor(handle: number) {
    // The words 0 and below have other meanings where native code reads a tensor.
    if (!(handle > 0)) {
      throw new TypeError(`Tensor: tensors are made with torch.tensor and friends, got ${describeValue(handle)}`);
    }
    this.handle = handle;
  }

  /** Sizes, such as `[64, 10]`. */
  get shape(): number[] {
    describe(this);
    const rank = words[5] as number;
    return Array.from(words.subarray(6, 6 + rank));
  }

  /** Element type, such as `'float32'`. */
  get dtype(): DType {
    describe(this);
    return dtypeName(words[0] as number);
  }

  /** Where the data lies, such as `'cpu'` or `'cuda:0'`. */
  get device(): DeviceLike {
    describe(this);
    return deviceName(words[2] as number, words[3] as number);
  }

  get layout(): Layout {
    describe(this);
    return layoutName(words[1] as number);
  }

  /** The number of dimensions. */
  get ndim(): number {
    describe(this);
    return words[5] as number;
  }

  get requiresGrad(): boolean {
    return this.#flag(requiresGradFlag);
  }

  set requiresGrad(value: boolean) {
    words[0] = this.handle;
    words[1] = value ? 1 : 0;
    native.requireGrad();
  }

  /** True for tensors that no recorded operation made: gradients accumulate in leaves. */
  get isLeaf(): boolean {
    return this.#flag(isLeafFlag);
  }

  get retainsGrad(): boolean {
    return this.#flag(retainsGradFlag);
  }

  /** Steps between elements along each dimension, in elements; `[]` for layouts without. */
  get strides(): number[] {
    describe(this);
    if (((words[4] as number) & stridedFlag) === 0) return [];
    const rank = words[5] as number;
    return Array.from(words.subarray(7 + rank, 7 + 2 * rank));
  }

  /** The first element's place in the storage, in elements. */
  get offset(): number {
    describe(this);
    return ((words[4] as number) & stridedFlag) === 0 ? 0 : (words[6 + (words[5] as number)] as number);
  }

  /** True once `dispose`, a scope or the end of its thread has freed it. */
  get isDisposed(): boolean {
    words[0] = this.handle;
    return !native.isLive();
  }

  /** Frees the tensor now. Views of it and autograd's saved copies stay valid; the object itself no longer is. */
  dispose(): void {
    release([this]);
  }

  /** For `using x = …`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  #flag(flag: number): boolean {
    describe(this);
    return ((words[4] as number) & flag) !== 0;
  }
}

// The methods that operators.ts and tensor-methods.ts put on the prototype.
export interface Tensor extends TensorMethods, CoreMethods {}

/** The object for a handle that a native call returned, freed by the open scope or the garbage collector. */
export function wrap(handle: number): Tensor {
  const tensor = new Tensor(handle);
  own(tensor);
  return tensor;
}

/** The object for a handle, null for the handle 0, which stands for no tensor. */
export function wrapOptional(handle: number): Tensor | null {
  return handle === 0 ? null : wrap(handle);
}

/** True for tensors and parameters. */
export function isTensor(value: unknown): value is Tensor {
  return value instanceof Tensor;
}
