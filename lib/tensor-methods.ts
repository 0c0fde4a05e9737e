/** Tensor's methods and properties beyond the generated ones: those that Python writes by hand, too. */

import { inspect } from 'node:util';
import { type BackwardOptions, backward, registerHook, retainGrad } from './autograd/graph.ts';
import { Complex } from './complex.ts';
import { type NormOptions, norm, type UniqueOptions, unique } from './composite.ts';
import { type TensorData, type TensorOptions, type TypedArray, tensor } from './creation.ts';
import { item as readItem } from './decode.ts';
import type { DeviceLike } from './device.ts';
import type { DType } from './dtype.ts';
import { type NestedElements, tolist, toTypedArray } from './elements.ts';
import { describeValue, ShapeError } from './errors.ts';
import { tensorMethodSpecs } from './generated/tensor-method-specs.ts';
import { type Index, index, indexPut_ } from './indexing.ts';
import { native, words } from './native.ts';
import { defineMethod } from './operator.ts';
import { formatTensor } from './printing.ts';
import { Tensor } from './tensor.ts';
import { conversions, type ToOptions, to } from './tensor-conversion.ts';
import { properties } from './tensor-properties.ts';
import type { Scalar } from './types.ts';

/** The methods that this file puts on `Tensor`. */
export interface CoreMethods {
  /** Sizes, or the size of one dimension (`Tensor.size`). */
  size(): number[];
  size(dim: number): number;
  /** Strides in elements, or the stride of one dimension (`Tensor.stride`). */
  stride(): number[];
  stride(dim: number): number;
  dim(): number;
  /** The number of elements. */
  numel(): number;
  elementSize(): number;
  readonly itemsize: number;
  readonly nbytes: number;
  readonly isCuda: boolean;
  readonly isMeta: boolean;
  readonly isSparse: boolean;

  /**
   * The value of a tensor with one element.
   * @throws RangeError for an integer beyond 2^53: `itemBigInt` returns those.
   */
  item(): number | boolean | Complex;
  /** The value of an integer tensor with one element, exact at any size. */
  itemBigInt(): bigint;
  /** Elements as nested arrays. Integers beyond 2^53 come as bigints. */
  tolist(): NestedElements;
  /** The same as `tolist`. */
  toArray(): NestedElements;
  /**
   * A copy of the elements in row-major order. float16 and bfloat16 come as bits in a Uint16Array, bool as bytes, complex
   * numbers as pairs.
   */
  toTypedArray(): TypedArray;
  /** The address of the first element. */
  dataPtr(): bigint;

  /** Another dtype or device, in PyTorch's forms; the same object where nothing changes and `copy` is false. */
  to(dtype: DType, nonBlocking?: boolean, copy?: boolean): Tensor;
  to(device: DeviceLike, dtype?: DType | null, nonBlocking?: boolean, copy?: boolean): Tensor;
  to(other: Tensor, nonBlocking?: boolean, copy?: boolean): Tensor;
  to(target: DType | DeviceLike | Tensor, options: ToOptions): Tensor;
  to(options: ToOptions): Tensor;
  cpu(): Tensor;
  cuda(index?: number): Tensor;
  float(): Tensor;
  double(): Tensor;
  half(): Tensor;
  bfloat16(): Tensor;
  long(): Tensor;
  int(): Tensor;
  short(): Tensor;
  char(): Tensor;
  byte(): Tensor;
  bool(): Tensor;
  cfloat(): Tensor;
  cdouble(): Tensor;
  /** A tensor of this one's dtype and device (`Tensor.new_tensor`). */
  newTensor(data: TensorData, options?: TensorOptions): Tensor;

  /** `x[indices]`: one index or a list of integers, `torch.slice`, `'...'`, null, masks, index tensors and arrays. */
  index(indices: Index | readonly Index[]): Tensor;
  /** `x[indices] = value`, or `+=` with `accumulate`; returns this tensor. */
  indexPut_(indices: Index | readonly Index[], value: Tensor | Scalar, options?: { accumulate?: boolean }): Tensor;
  /** Slices along the first dimension. */
  [Symbol.iterator](): Iterator<Tensor>;

  /** The gradient that `backward` accumulated, or null. */
  grad: Tensor | null;
  /** The node that made this tensor, by its name in autograd; null for leaves. */
  readonly gradFn: { readonly name: string } | null;
  /** How often the data was changed in place. */
  readonly version: number;
  /** The same data, outside of autograd's graph (`Tensor.data`). */
  data: Tensor;
  requiresGrad_(requiresGrad?: boolean): this;
  retainGrad(): void;
  /** Accumulates gradients in the leaves that this tensor was computed from (`Tensor.backward`). */
  backward(gradient?: Tensor | null, options?: BackwardOptions): void;
  backward(options: BackwardOptions & { gradient?: Tensor | null }): void;
  /** Calls `hook` with each gradient of this tensor; what it returns replaces it. Returns a function that removes it. */
  registerHook(hook: (gradient: Tensor) => Tensor | null | undefined | void): { remove(): void };

  /** Dimensions reversed; for matrices the transpose. */
  readonly T: Tensor;
  readonly mT: Tensor;
  readonly H: Tensor;
  readonly mH: Tensor;
  real: Tensor;
  imag: Tensor;

  /** The norm over all elements, or along dimensions (`Tensor.norm`). */
  norm(options?: NormOptions): Tensor;
  norm(p: NormOptions['p'], options?: Omit<NormOptions, 'p'>): Tensor;
  norm(p: NormOptions['p'], dim: NormOptions['dim'], options?: Omit<NormOptions, 'p' | 'dim'>): Tensor;
  /** Distinct elements; see `torch.unique`. */
  unique(options?: UniqueOptions & { returnInverse?: false; returnCounts?: false }): Tensor;
  unique(options: UniqueOptions): Tensor[];

  /** As Python prints it. */
  toString(): string;
}

type Method = (this: Tensor, ...values: never[]) => unknown;

function dimension(where: string, dim: number, rank: number): number {
  if (!Number.isSafeInteger(dim)) throw new TypeError(`${where}: dim must be an integer, got ${describeValue(dim)}`);
  const wrapped = dim < 0 ? dim + rank : dim;
  if (wrapped < 0 || wrapped >= rank) {
    throw new RangeError(`${where}: dim ${dim} is out of range for a tensor of ${rank} dimensions`);
  }
  return wrapped;
}

const methods: Record<string, Method> = {
  size(this: Tensor, dim?: number) {
    const shape = this.shape;
    return dim === undefined ? shape : shape[dimension('size', dim, shape.length)];
  },
  stride(this: Tensor, dim?: number) {
    const strides = this.strides;
    return dim === undefined ? strides : strides[dimension('stride', dim, strides.length)];
  },
  dim(this: Tensor) {
    return this.ndim;
  },
  numel(this: Tensor) {
    return this.shape.reduce((product, size) => product * size, 1);
  },
  elementSize(this: Tensor) {
    return this.itemsize;
  },
  item(this: Tensor) {
    const value = readItem(this);
    if (typeof value === 'bigint') {
      throw new RangeError(`item: ${value} is beyond 2^53, where a number is no longer exact; use itemBigInt()`);
    }
    return value;
  },
  itemBigInt(this: Tensor) {
    const value = readItem(this);
    if (typeof value === 'bigint') return value;
    if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
    throw new TypeError(`itemBigInt: expected an integer tensor, got ${this.dtype}`);
  },
  tolist(this: Tensor) {
    return tolist(this);
  },
  toArray(this: Tensor) {
    return tolist(this);
  },
  toTypedArray(this: Tensor) {
    return toTypedArray(this);
  },
  dataPtr(this: Tensor) {
    words[0] = this.handle;
    return native.dataPointer();
  },
  to(this: Tensor, ...values: never[]) {
    return to(this, ...values);
  },
  cpu(this: Tensor) {
    return this.to('cpu');
  },
  cuda(this: Tensor, index?: number) {
    return this.to(index === undefined ? 'cuda' : `cuda:${index}`);
  },
  newTensor(this: Tensor, data: TensorData, options: TensorOptions = {}) {
    return tensor(data, { dtype: this.dtype, device: this.device, ...options });
  },
  index(this: Tensor, indices: Index | readonly Index[]) {
    return index(this, indices);
  },
  indexPut_(
    this: Tensor,
    indices: Index | readonly Index[],
    value: Tensor | Scalar,
    options?: { accumulate?: boolean },
  ) {
    return indexPut_(this, indices, value, options);
  },
  requiresGrad_(this: Tensor, requiresGrad = true) {
    this.requiresGrad = requiresGrad;
    return this;
  },
  retainGrad(this: Tensor) {
    retainGrad(this);
  },
  backward(this: Tensor, ...values: never[]) {
    backward(this, ...values);
  },
  registerHook(this: Tensor, hook: (gradient: Tensor) => Tensor | null | undefined | void) {
    return registerHook(this, hook);
  },
  norm(this: Tensor, ...values: never[]) {
    return norm(this, ...values);
  },
  unique(this: Tensor, options?: UniqueOptions) {
    return unique(this, options ?? {});
  },
  toString(this: Tensor) {
    return formatTensor(this);
  },
};

for (const [name, dtype] of Object.entries(conversions)) {
  methods[name] = function (this: Tensor) {
    return this.to(dtype);
  };
}

for (const [name, spec] of Object.entries(tensorMethodSpecs)) {
  if (name in methods || name in properties) continue;
  Object.defineProperty(Tensor.prototype, name, {
    value: defineMethod(name, spec),
    writable: true,
    configurable: true,
  });
}
for (const [name, value] of Object.entries(methods)) {
  Object.defineProperty(Tensor.prototype, name, { value, writable: true, configurable: true });
}
for (const [name, accessors] of Object.entries(properties)) {
  Object.defineProperty(Tensor.prototype, name, { ...accessors, configurable: true });
}
Object.defineProperty(Tensor.prototype, Symbol.iterator, {
  value: function (this: Tensor) {
    if (this.ndim === 0) throw new ShapeError('iteration over a tensor without dimensions');
    return this.unbind(0)[Symbol.iterator]();
  },
  writable: true,
  configurable: true,
});
Object.defineProperty(Tensor.prototype, inspect.custom, {
  value: function (this: Tensor) {
    // Showing an object must not throw: it is how one finds out what happened to it.
    return this.isDisposed ? '[disposed Tensor]' : this.toString();
  },
  writable: true,
  configurable: true,
});
Object.defineProperty(Tensor.prototype, Symbol.toPrimitive, {
  value: function (this: Tensor, hint: string) {
    if (hint === 'string' || (hint === 'default' && this.numel() !== 1)) return this.toString();
    const value = this.item();
    return value instanceof Complex ? value.toString() : value;
  },
  writable: true,
  configurable: true,
});
