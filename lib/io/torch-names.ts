/** The names that PyTorch's files use, and what they make. */

import { Complex } from '../complex.ts';
import { type DeviceLike, device, type Layout, layoutCode } from '../device.ts';
import { type DType, dtypeCode } from '../dtype.ts';
import { Callable, orderedDict } from './pickle-containers.ts';
import { ByteArray, DeviceValue, DTypeValue, LayoutValue, QuantizationScheme, Size, tupleOf } from './python-values.ts';
import { type Args, isSizes, rebuildFromType, rebuilds, tensorType, wrong } from './rebuild.ts';
import { StorageType, storageTypes } from './storage-types.ts';

function encode(name: string, value: unknown, encoding: unknown): Uint8Array {
  if (typeof value !== 'string' || encoding !== 'latin1') throw wrong(name);
  return new Uint8Array(Buffer.from(value, 'latin1'));
}

const functions: Readonly<Record<string, (args: Args) => unknown>> = {
  'collections.OrderedDict': (args) => {
    if (args.length > 0) throw wrong('OrderedDict');
    return orderedDict();
  },
  'collections.Counter': ([counts]) => {
    if (typeof counts !== 'object' || counts === null) throw wrong('Counter');
    return counts;
  },
  'torch._tensor._rebuild_from_type_v2': rebuildFromType,
  'torch.serialization._get_layout': ([name]) => {
    const layout = String(name).replace('torch.', '');
    if (layoutCode(layout) < 0) throw wrong('_get_layout');
    return new LayoutValue(layout as Layout);
  },
  'torch.Size': ([sizes = []]) => {
    if (!isSizes(sizes)) throw wrong('torch.Size');
    return tupleOf(sizes, Size);
  },
  'torch.device': ([type, index]) => {
    try {
      return new DeviceValue(device((index === undefined ? type : `${type}:${index}`) as DeviceLike));
    } catch {
      throw wrong('torch.device');
    }
  },
  'builtins.complex': ([re = 0, im = 0]) => {
    if (typeof re !== 'number' || typeof im !== 'number') throw wrong('complex');
    return new Complex(re, im);
  },
  'builtins.set': ([values = []]) => {
    if (!Array.isArray(values)) throw wrong('set');
    return new Set(values);
  },
  'builtins.bytearray': ([value = new Uint8Array(), encoding]) => {
    const bytes = value instanceof Uint8Array ? value : encode('bytearray', value, encoding);
    return new ByteArray(bytes);
  },
  'builtins.bytes': (args) => {
    if (args.length > 0) throw wrong('bytes');
    return new Uint8Array();
  },
  '_codecs.encode': ([value, encoding]) => encode('_codecs.encode', value, encoding),
};

const schemes: readonly string[] = [
  'per_tensor_affine',
  'per_tensor_symmetric',
  'per_channel_affine',
  'per_channel_symmetric',
  'per_channel_affine_float_qparams',
];

function ownCall(module: string, name: string): ((args: Args) => unknown) | undefined {
  const path = `${module === '__builtin__' ? 'builtins' : module}.${name}`;
  if (Object.hasOwn(functions, path)) return functions[path];
  if (module !== 'torch._utils' || !Object.hasOwn(rebuilds, name)) return undefined;
  const rebuild = rebuilds[name];
  return rebuild === undefined ? undefined : (args) => rebuild(name, args);
}

/** What `module.name` is; undefined for every name that is no part of plain data. */
export function findName(module: string, name: string): Callable | undefined {
  const call = ownCall(module, name);
  if (call !== undefined) return new Callable(call, call);
  if (name === 'Tensor' && (module === 'torch' || module === 'torch._tensor')) {
    return new Callable(undefined, tensorType);
  }
  if (module === 'torch.storage' && name === 'UntypedStorage') {
    return new Callable(undefined, new StorageType(undefined));
  }
  if (module !== 'torch') return undefined;
  if (Object.hasOwn(storageTypes, name)) return new Callable(undefined, new StorageType(storageTypes[name]));
  if (schemes.includes(name)) return new Callable(undefined, new QuantizationScheme(name));
  return dtypeCode(name) === undefined ? undefined : new Callable(undefined, new DTypeValue(name as DType));
}
