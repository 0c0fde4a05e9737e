/** `Tensor.to`: another dtype, another device, another memory format. */

import { type DeviceLike, deviceCode } from './device.ts';
import { type DType, dtypeCode } from './dtype.ts';
import { describeValue } from './errors.ts';
import { overloadFunction } from './operator.ts';
import { Tensor } from './tensor.ts';
import type { MemoryFormat } from './types.ts';

/** Where and as what `to` moves a tensor. */
export interface ToOptions {
  dtype?: DType;
  device?: DeviceLike;
  nonBlocking?: boolean;
  copy?: boolean;
  memoryFormat?: MemoryFormat;
}

const toDtypeLayout = overloadFunction('aten', 'to', 'dtype_layout') as (input: Tensor, options: ToOptions) => Tensor;

/** `Tensor.to` in all its forms; the tensor itself where nothing changes and no copy is asked for. */
export function to(self: Tensor, ...values: unknown[]): Tensor {
  let options: ToOptions = {};
  const positional = [...values];
  const last = positional.at(-1);
  if (typeof last === 'object' && last !== null && !(last instanceof Tensor))
    options = { ...(positional.pop() as ToOptions) };
  const [target, ...rest] = positional;
  if (target instanceof Tensor) {
    options.dtype ??= target.dtype;
    options.device ??= target.device;
  } else if (dtypeCode(target) !== undefined) {
    options.dtype ??= target as DType;
  } else if (deviceCode(target) !== undefined) {
    options.device ??= target as DeviceLike;
    const dtype = rest.shift();
    if (dtype != null) options.dtype ??= dtype as DType;
  } else if (target !== undefined) {
    throw new TypeError(`to: expected a dtype, a device or a Tensor, got ${describeValue(target)}`);
  }
  const [nonBlocking, copy] = rest;
  if (nonBlocking !== undefined) options.nonBlocking ??= nonBlocking as boolean;
  if (copy !== undefined) options.copy ??= copy as boolean;
  const unchanged =
    options.copy !== true &&
    options.memoryFormat === undefined &&
    (options.dtype === undefined || dtypeCode(options.dtype) === dtypeCode(self.dtype)) &&
    (options.device === undefined || options.device === self.device);
  if (unchanged) return self;
  return toDtypeLayout(self, options);
}

/** Methods that are `to` with one dtype. */
export const conversions: Readonly<Record<string, DType>> = {
  float: 'float32',
  double: 'float64',
  half: 'float16',
  bfloat16: 'bfloat16',
  long: 'int64',
  int: 'int32',
  short: 'int16',
  char: 'int8',
  byte: 'uint8',
  bool: 'bool',
  cfloat: 'complex64',
  cdouble: 'complex128',
};
