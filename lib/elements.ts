/** A tensor's elements as JavaScript values. */

import { Complex } from './complex.ts';
import type { TypedArray } from './creation.ts';
import { type DType, isComplexDType } from './dtype.ts';
import { native, words } from './native.ts';
import { scope } from './scope.ts';
import type { Tensor } from './tensor.ts';

/** Elements nested as the tensor's dimensions are; a single value for a tensor without dimensions. */
export type NestedElements = number | bigint | boolean | Complex | NestedElements[];

type ArrayConstructor = { new (buffer: ArrayBuffer): TypedArray };

const arrays: Readonly<Partial<Record<DType, ArrayConstructor>>> = {
  uint8: Uint8Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
  complex64: Float32Array,
  complex128: Float64Array,
  complex32: Uint16Array,
  bool: Uint8Array,
  float8_e5m2: Uint8Array,
  float8_e4m3fn: Uint8Array,
  float8_e5m2fnuz: Uint8Array,
  float8_e4m3fnuz: Uint8Array,
};

/**
 * A copy of the elements in row-major order, from any device. float16 and bfloat16 come as their bits in a Uint16Array,
 * bool as bytes, complex numbers as pairs.
 */
export function toTypedArray(tensor: Tensor): TypedArray {
  const array = arrays[tensor.dtype];
  if (array === undefined) throw new TypeError(`toTypedArray: no TypedArray holds ${tensor.dtype}`);
  const dense = tensor.layout === 'strided' ? tensor : tensor.toDense();
  words[0] = dense.handle;
  return new array(native.toBytes());
}

/** Reads one element of a typed array made by `toTypedArray`. */
type Read = (position: number) => number | bigint | boolean | Complex;

function toNumber(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** The elements in row-major order, as JavaScript values: a bigint only for integers beyond 2^53. */
export function reader(tensor: Tensor): Read {
  const dtype = tensor.dtype;
  if (dtype === 'bool') {
    const bytes = toTypedArray(tensor);
    return (i) => bytes[i] !== 0;
  }
  if (isComplexDType(dtype)) {
    const parts = scope(() => toTypedArray(dtype === 'complex32' ? tensor.to('complex64') : tensor)) as Float64Array;
    return (i) => new Complex(parts[2 * i] as number, parts[2 * i + 1] as number);
  }
  const wide = dtype === 'float16' || dtype === 'bfloat16' || dtype.startsWith('float8');
  const values = wide ? scope(() => toTypedArray(tensor.detach().to('float32'))) : toTypedArray(tensor);
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    return (i) => toNumber(values[i] as bigint);
  }
  return (i) => values[i] as number;
}

/** The elements as nested arrays (`tolist`). */
export function tolist(tensor: Tensor): NestedElements {
  const shape = tensor.shape;
  const read = reader(tensor);
  let position = 0;
  const build = (dim: number): NestedElements => {
    if (dim === shape.length) return read(position++);
    return Array.from({ length: shape[dim] as number }, () => build(dim + 1));
  };
  return build(0);
}
