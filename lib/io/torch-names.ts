/** The names that PyTorch's files use, and what they make. */

import { Complex } from '../complex.ts';
import { type DeviceLike, device } from '../device.ts';
import { type DType, dtypeCode } from '../dtype.ts';
import { CheckpointError } from '../errors.ts';
import { Parameter } from '../nn/parameter.ts';
import { overloadFunction } from '../operator.ts';
import type { Tensor } from '../tensor.ts';
import { DeviceValue, DTypeValue, Size } from './python-values.ts';
import type { Storage } from './storage.ts';
import { Callable, orderedDict } from './unpickler.ts';

/** Types of storages and the dtype of their elements; `UntypedStorage` has bytes. */
export const storageTypes: Readonly<Record<string, DType>> = {
  DoubleStorage: 'float64',
  FloatStorage: 'float32',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  LongStorage: 'int64',
  IntStorage: 'int32',
  ShortStorage: 'int16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  BoolStorage: 'bool',
  ComplexDoubleStorage: 'complex128',
  ComplexFloatStorage: 'complex64',
};

/** The type of storage of a dtype, where PyTorch has one. */
export const storageTypeOf = new Map(Object.entries(storageTypes).map(([type, dtype]) => [dtype, type]));

/** A type of storage as a pickle names it, undefined dtype for bytes. */
export class StorageType {
  readonly dtype: DType | undefined;

  constructor(dtype: DType | undefined) {
    this.dtype = dtype;
  }
}

type Args = readonly unknown[];

function wrong(name: string): CheckpointError {
  return new CheckpointError(`load: ${name} is given what it does not take`);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((each) => Number.isSafeInteger(each) && each >= 0);
}

/** `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, …)`; `_v3` has the dtype at its end. */
function rebuildTensor(name: string, args: Args, dtype?: DType): Tensor {
  const [storage, offset, size, stride, requiresGrad] = args as [Storage, number, number[], number[], boolean];
  if (typeof storage?.view !== 'function' || !isSizes([offset]) || !isSizes(size) || !isSizes(stride))
    throw wrong(name);
  if (size.length !== stride.length) throw wrong(name);
  const tensor = storage.view(offset, size, stride, dtype);
  if (requiresGrad === true) tensor.requiresGrad = true;
  return tensor;
}

function expectTensor(name: string, value: unknown): Tensor {
  if (typeof (value as Tensor | null)?.handle !== 'number') throw wrong(name);
  return value as Tensor;
}

let sparseCoo: ((...values: unknown[]) => Tensor) | undefined;

/** `_rebuild_sparse_tensor(layout, (indices, values, size, is_coalesced))`. */
function rebuildSparse(args: Args): Tensor {
  const [layout, data] = args as [unknown, unknown[] | undefined];
  if (layout !== 'sparse_coo' || !Array.isArray(data) || !isSizes(data[2])) throw wrong('_rebuild_sparse_tensor');
  const [indices, values, size, isCoalesced] = data;
  sparseCoo ??= overloadFunction('aten', 'sparse_coo_tensor', 'indices_size') as typeof sparseCoo;
  const made = sparseCoo?.(
    expectTensor('_rebuild_sparse_tensor', indices),
    expectTensor('_rebuild_sparse_tensor', values),
    [...(size as number[])],
    isCoalesced == null ? {} : { isCoalesced },
  );
  return made as Tensor;
}

const functions: Readonly<Record<string, (args: Args) => unknown>> = {
  'collections.OrderedDict': (args) => {
    if (args.length > 0) throw wrong('OrderedDict');
    return orderedDict();
  },
  'torch._utils._rebuild_tensor_v2': (args) => rebuildTensor('_rebuild_tensor_v2', args),
  'torch._utils._rebuild_tensor_v3': (args) => {
    const dtype = args[6];
    if (!(dtype instanceof DTypeValue)) throw wrong('_rebuild_tensor_v3');
    return rebuildTensor('_rebuild_tensor_v3', args, dtype.dtype);
  },
  'torch._utils._rebuild_parameter': ([data, requiresGrad]) =>
    new Parameter(expectTensor('_rebuild_parameter', data), requiresGrad !== false),
  'torch._utils._rebuild_sparse_tensor': rebuildSparse,
  'torch._tensor._rebuild_from_type_v2': (args) => {
    const [rebuild, type, inner] = args as [unknown, unknown, Args];
    if (typeof rebuild !== 'function' || type !== 'Tensor' || !Array.isArray(inner))
      throw wrong('_rebuild_from_type_v2');
    return (rebuild as (args: Args) => unknown)(inner);
  },
  'torch.Size': ([sizes]) => {
    if (!isSizes(sizes)) throw wrong('torch.Size');
    return sizeOf(sizes);
  },
  'torch.device': ([type, index]) => {
    const name = index === undefined ? type : `${type}:${index}`;
    try {
      return new DeviceValue(device(name as DeviceLike));
    } catch {
      throw wrong('torch.device');
    }
  },
  'builtins.complex': ([re, im]) => {
    if (typeof re !== 'number' || typeof im !== 'number') throw wrong('complex');
    return new Complex(re, im);
  },
  'builtins.set': ([values]) => {
    if (!Array.isArray(values)) throw wrong('set');
    return new Set(values);
  },
  'builtins.bytearray': ([value, encoding]) => encode(value, encoding),
  '_codecs.encode': ([value, encoding]) => encode(value, encoding),
  // A backward hooks' dict of every tensor is empty; those of models are functions, which are refused.
};

function sizeOf(sizes: readonly number[]): Size {
  const size = new Size();
  for (const each of sizes) size.push(each);
  return size;
}

function encode(value: unknown, encoding: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value !== 'string' || encoding !== 'latin1') throw wrong('_codecs.encode');
  return new Uint8Array(Buffer.from(value, 'latin1'));
}

/** What `module.name` is; undefined for every name that is no part of plain data. */
export function findName(module: string, name: string): Callable | undefined {
  const own = module === '__builtin__' ? 'builtins' : module;
  const path = `${own}.${name}`;
  const call = Object.hasOwn(functions, path) ? functions[path] : undefined;
  if (call !== undefined) return new Callable(call, call);
  if (path === 'torch._tensor.Tensor' || path === 'torch.Tensor') return new Callable(undefined, 'Tensor');
  if (path === 'torch.serialization._get_layout')
    return new Callable(([layout]) => String(layout).replace('torch.', ''));
  if (path === 'torch.storage.UntypedStorage') return new Callable(undefined, new StorageType(undefined));
  if (module === 'torch' && Object.hasOwn(storageTypes, name)) {
    return new Callable(undefined, new StorageType(storageTypes[name]));
  }
  if (module === 'torch' && dtypeCode(name) !== undefined)
    return new Callable(undefined, new DTypeValue(name as DType));
  return undefined;
}
