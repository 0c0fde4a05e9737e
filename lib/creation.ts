/** Tensors from JavaScript values and buffers. */

import { markAsUntransferable } from 'node:worker_threads';
import { Complex } from './complex.ts';
import { defaultDevice } from './default-device.ts';
import type { DeviceLike } from './device.ts';
import { type DType, dtypeCode, dtypeName, expectDType, isComplexDType } from './dtype.ts';
import { describeValue, ShapeError } from './errors.ts';
import { native, reserve, words } from './native.ts';
import { define } from './operator.ts';
import { isTensor, Tensor, wrap } from './tensor.ts';
import type { Scalar } from './types.ts';

export interface TensorOptions {
  /** Element type; taken from the values when it is not given. */
  dtype?: DType;
  device?: DeviceLike;
  requiresGrad?: boolean;
}

/** Numbers, nested to any depth; all lists of a level have the same length. */
export type NestedArray = readonly (Scalar | Tensor | NestedArray)[];
export type TypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;
export type TensorData = Scalar | NestedArray | TypedArray | Tensor;

/** The dtype whose elements a typed array holds. */
export function dtypeOfTypedArray(array: TypedArray): DType {
  const name = typedArrayDTypes[array.constructor.name];
  if (name === undefined) throw new TypeError(`expected a TypedArray, got ${describeValue(array)}`);
  return name;
}

const typedArrayDTypes: Readonly<Record<string, DType>> = {
  Int8Array: 'int8',
  Uint8Array: 'uint8',
  Uint8ClampedArray: 'uint8',
  Int16Array: 'int16',
  Uint16Array: 'uint16',
  Int32Array: 'int32',
  Uint32Array: 'uint32',
  BigInt64Array: 'int64',
  BigUint64Array: 'uint64',
  Float16Array: 'float16',
  Float32Array: 'float32',
  Float64Array: 'float64',
  Buffer: 'uint8',
};

/** Types whose bits a typed array of another type can hold. */
const sameBits: Readonly<Record<string, readonly DType[]>> = {
  Uint16Array: ['float16', 'bfloat16'],
  Uint8Array: ['bool', 'float8_e5m2', 'float8_e4m3fn', 'float8_e5m2fnuz', 'float8_e4m3fnuz'],
  Float32Array: ['complex64'],
  Float64Array: ['complex128'],
};

function isTypedArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/** The default element type of floating-point numbers (`torch.get_default_dtype`). */
export function getDefaultDtype(): DType {
  return dtypeName(native.defaultDType());
}

/** Sets it for the whole process; only floating-point dtypes are allowed. */
export function setDefaultDtype(dtype: DType): void {
  native.defaultDType(dtypeCode(expectDType('setDefaultDtype: dtype', dtype)) as number);
}

function fromBytes(source: TypedArray, dtype: DType, shape: readonly number[]): Tensor {
  reserve(shape.length + 16);
  words[0] = dtypeCode(dtype) as number;
  words[1] = shape.length;
  for (let i = 0; i < shape.length; i++) words[2 + i] = shape[i] as number;
  native.fromBytes(source);
  return wrap(words[0] as number);
}

/** The sizes of a nested array, by its first elements. */
function shapeOf(data: unknown): number[] {
  const shape: number[] = [];
  let level = data;
  while (Array.isArray(level)) {
    shape.push(level.length);
    level = level[0];
    if (shape.length > 64) throw new ShapeError('tensor: data is nested deeper than 64 levels');
  }
  return shape;
}

/** Copies the leaves of a nested array in row-major order, checking that every level is even. */
function flatten(data: unknown, shape: readonly number[], depth: number, into: Scalar[]): void {
  if (depth === shape.length) {
    const value = data instanceof Tensor && data.ndim === 0 ? data.item() : data;
    if (
      typeof value !== 'number' &&
      typeof value !== 'bigint' &&
      typeof value !== 'boolean' &&
      !(value instanceof Complex)
    ) {
      if (Array.isArray(value)) throw unevenError(shape, depth, value);
      throw new TypeError(`tensor: expected numbers, bigints, booleans or Complex values, got ${describeValue(value)}`);
    }
    into.push(value);
    return;
  }
  if (!Array.isArray(data) || data.length !== shape[depth]) throw unevenError(shape, depth, data);
  for (let i = 0; i < data.length; i++) flatten(data[i], shape, depth + 1, into);
}

function unevenError(shape: readonly number[], depth: number, got: unknown): ShapeError {
  const expected = depth === shape.length ? 'a number' : `a list of length ${shape[depth]}`;
  return new ShapeError(`tensor: expected ${expected} at dimension ${depth}, got ${describeValue(got)}`);
}

function inferDType(values: readonly Scalar[]): DType {
  let bigints = false;
  let booleans = false;
  let numbers = values.length === 0;
  let complex = false;
  for (const value of values) {
    if (typeof value === 'number') numbers = true;
    else if (typeof value === 'bigint') bigints = true;
    else if (typeof value === 'boolean') booleans = true;
    else complex = true;
  }
  if (complex) return getDefaultDtype() === 'float64' ? 'complex128' : 'complex64';
  if (numbers) return getDefaultDtype();
  return bigints || !booleans ? 'int64' : 'bool';
}

/** Leaves as a tensor on the CPU: through the widest type of their kind, then converted as PyTorch converts. */
function fromValues(values: readonly Scalar[], shape: readonly number[], dtype: DType): Tensor {
  if (isComplexDType(dtype)) {
    const parts = new Float64Array(2 * values.length);
    values.forEach((value, i) => {
      parts[2 * i] = value instanceof Complex ? value.re : Number(value);
      parts[2 * i + 1] = value instanceof Complex ? value.im : 0;
    });
    return convert(fromBytes(parts, 'complex128', shape), dtype);
  }
  if (values.some((value) => value instanceof Complex)) {
    throw new TypeError(`tensor: complex values do not fit dtype ${dtype}`);
  }
  if (dtype === 'float32') return fromBytes(Float32Array.from(values as number[], Number), dtype, shape);
  const wide = dtype.startsWith('int') || dtype.startsWith('uint');
  if (wide && values.some((value) => typeof value === 'bigint')) {
    if (dtype === 'uint64') return fromBytes(BigUint64Array.from(values as bigint[], toBigInt), dtype, shape);
    return convert(fromBytes(BigInt64Array.from(values as bigint[], expectInt64), 'int64', shape), dtype);
  }
  return convert(fromBytes(Float64Array.from(values as number[], Number), 'float64', shape), dtype);
}

function toBigInt(value: Scalar): bigint {
  return typeof value === 'bigint' ? value : BigInt(Math.trunc(Number(value)));
}

function expectInt64(value: Scalar): bigint {
  const big = toBigInt(value);
  if (BigInt.asIntN(64, big) !== big) throw new RangeError(`tensor: ${big} does not fit int64`);
  return big;
}

function convert(tensor: Tensor, dtype: DType): Tensor {
  if (tensor.dtype === dtype) return tensor;
  const converted = tensor.to(dtype);
  tensor.dispose();
  return converted;
}

function finish(tensor: Tensor, options: TensorOptions): Tensor {
  const device = options.device ?? defaultDevice;
  let result = tensor;
  if (device !== undefined && device !== tensor.device) {
    result = tensor.to(device);
    tensor.dispose();
  }
  if (options.requiresGrad === true) result.requiresGrad = true;
  return result;
}

/**
 * A tensor that copies its data (`torch.tensor`).
 *
 * @param data numbers (default float dtype), bigints (int64), booleans (bool) or `Complex`, alone or nested in arrays; a
 *   TypedArray (its own dtype; `Uint16Array` also for float16 and bfloat16 bits, `Float32Array` pairs for complex64); or
 *   another tensor.
 * @throws ShapeError if nested lists are uneven, TypeError for other values.
 * @example
 * torch.tensor([[1, 2], [3, 4]]); // float32 [2, 2]
 * torch.tensor([1n, 2n]);         // int64 [2]
 */
export function tensor(data: TensorData, options: TensorOptions = {}): Tensor {
  const dtype = options.dtype === undefined ? undefined : expectDType('tensor: dtype', options.dtype);
  if (isTensor(data)) {
    const copy = data.detach().clone();
    return finish(dtype === undefined ? copy : convert(copy, dtype), options);
  }
  if (isTypedArray(data)) return finish(fromTypedArray(data, dtype), options);
  const shape = shapeOf(data);
  const values: Scalar[] = [];
  flatten(data, shape, 0, values);
  return finish(fromValues(values, shape, dtype ?? inferDType(values)), options);
}

function fromTypedArray(data: TypedArray, dtype: DType | undefined): Tensor {
  const own = dtypeOfTypedArray(data);
  if (dtype !== undefined && sameBits[data.constructor.name]?.includes(dtype)) {
    const length = isComplexDType(dtype) ? data.length / 2 : data.length;
    if (!Number.isInteger(length))
      throw new ShapeError(`tensor: complex data needs pairs of numbers, got ${data.length}`);
    return fromBytes(data, dtype, [length]);
  }
  const result = fromBytes(data, own, [data.length]);
  return dtype === undefined ? result : convert(result, dtype);
}

/** A tensor as it is, converted only where dtype or device differ; other data as `tensor` (`torch.as_tensor`). */
export function asTensor(data: TensorData, options: Pick<TensorOptions, 'dtype' | 'device'> = {}): Tensor {
  if (!isTensor(data)) return tensor(data, options);
  let result = data;
  if (options.dtype !== undefined && options.dtype !== data.dtype) result = result.to(options.dtype);
  if (options.device !== undefined && options.device !== data.device) result = result.to(options.device);
  return result;
}

/** Typed arrays over memory of their own and not of a shared or transferable one. */
export interface BlobOptions {
  /** Sizes; one dimension with all elements when not given. */
  shape?: readonly number[];
  dtype?: DType;
  requiresGrad?: boolean;
}

/**
 * A CPU tensor over the memory of a TypedArray, without copying (`torch::from_blob`): changes show on both sides. The
 * memory stays alive as long as the tensor does, and its ArrayBuffer can no longer be transferred to another thread.
 *
 * @throws RangeError if the shape needs more bytes than there are.
 */
export function fromBlob(data: TypedArray, options: BlobOptions = {}): Tensor {
  if (!isTypedArray(data)) throw new TypeError(`fromBlob: data must be a TypedArray, got ${describeValue(data)}`);
  const buffer: ArrayBufferLike = data.buffer;
  if (!(buffer instanceof ArrayBuffer)) {
    throw new TypeError('fromBlob: data must not lie in a SharedArrayBuffer');
  }
  const dtype = options.dtype === undefined ? dtypeOfTypedArray(data) : expectDType('fromBlob: dtype', options.dtype);
  const shape = options.shape ?? [data.length];
  reserve(shape.length + 16);
  words[0] = dtypeCode(dtype) as number;
  words[1] = data.byteOffset;
  words[2] = shape.length;
  for (let i = 0; i < shape.length; i++) words[3 + i] = shape[i] as number;
  native.fromBlob(buffer);
  const result = wrap(words[0] as number);
  markAsUntransferable(buffer);
  if (options.requiresGrad === true) result.requiresGrad = true;
  return result;
}

const fullOperator: (size: readonly number[], fillValue: Scalar, options: TensorOptions) => Tensor = define(
  'full',
  'full',
);

/**
 * A tensor of one value (`torch.full`). Here a number makes the default float dtype, as in `tensor`; a bigint int64, a
 * boolean bool.
 */
export function full(size: readonly number[], fillValue: Scalar, options: TensorOptions = {}): Tensor {
  return fullOperator(size, fillValue, { ...options, dtype: options.dtype ?? inferDType([fillValue]) });
}
