/** Devices, layouts and memory formats: PyTorch's own strings, and the numbers that libtorch has for them. */

import { describeValue } from './errors.ts';

/** Names by `c10::DeviceType`. */
const deviceTypes = [
  'cpu',
  'cuda',
  'mkldnn',
  'opengl',
  'opencl',
  'ideep',
  'hip',
  'fpga',
  'maia',
  'xla',
  'vulkan',
  'metal',
  'xpu',
  'mps',
  'meta',
  'hpu',
  've',
  'lazy',
  'ipu',
  'mtia',
  'privateuseone',
] as const;

export type DeviceType = (typeof deviceTypes)[number];
/** `'cpu'`, `'cuda'`, `'cuda:1'`, `'meta'` … as PyTorch writes devices. */
export type DeviceLike = DeviceType | `${DeviceType}:${number}`;

export interface DeviceCode {
  readonly type: number;
  /** -1 for the current device of the type. */
  readonly index: number;
}

const parsed = new Map<string, DeviceCode | undefined>();

/** The numbers of a device, or undefined for a string that names none. */
export function deviceCode(device: unknown): DeviceCode | undefined {
  if (typeof device !== 'string') return undefined;
  if (parsed.has(device)) return parsed.get(device);
  const match = /^([a-z]+)(?::(\d{1,3}))?$/.exec(device);
  const type = match === null ? -1 : deviceTypes.indexOf(match[1] as DeviceType);
  const index = match?.[2] === undefined ? -1 : Number(match[2]);
  const code = type < 0 || index > 127 ? undefined : { type, index };
  if (parsed.size < 1000) parsed.set(device, code);
  return code;
}

/** The name of a device: `cuda` has an index, `cpu` has none. */
export function deviceName(type: number, index: number): DeviceLike {
  const name = deviceTypes[type];
  if (name === undefined) throw new RangeError(`no device type has the number ${type}`);
  return index < 0 ? name : `${name}:${index}`;
}

/** Checks a device that a user gave: `where` names the function and argument. */
export function expectDevice(where: string, device: unknown): DeviceCode {
  const code = deviceCode(device);
  if (code === undefined)
    throw new TypeError(`${where} must be a device such as 'cpu' or 'cuda:0', got ${describeValue(device)}`);
  return code;
}

/** A device's name, checked: `torch.device('cuda', 1)` is `'cuda:1'`. */
export function device(type: DeviceLike, index?: number): DeviceLike {
  const name = index === undefined ? type : `${type}:${index}`;
  expectDevice('device: type', name);
  return name as DeviceLike;
}

/** Names by `c10::Layout`. */
const layouts = [
  'strided',
  'sparse_coo',
  'sparse_csr',
  '_mkldnn',
  'sparse_csc',
  'sparse_bsr',
  'sparse_bsc',
  'jagged',
] as const;
export type Layout = (typeof layouts)[number];

export function layoutCode(layout: unknown): number {
  return layouts.indexOf(layout as Layout);
}

export function layoutName(code: number): Layout {
  return layouts[code] ?? 'strided';
}

/** Names by `c10::MemoryFormat`. */
const memoryFormats = ['contiguous_format', 'preserve_format', 'channels_last', 'channels_last_3d'] as const;
export type MemoryFormat = (typeof memoryFormats)[number];

export function memoryFormatCode(format: unknown): number {
  return memoryFormats.indexOf(format as MemoryFormat);
}

export const strided = 'strided';
export const sparseCoo = 'sparse_coo';
export const sparseCsr = 'sparse_csr';
export const sparseCsc = 'sparse_csc';
export const sparseBsr = 'sparse_bsr';
export const sparseBsc = 'sparse_bsc';
export const contiguousFormat = 'contiguous_format';
export const preserveFormat = 'preserve_format';
export const channelsLast = 'channels_last';
export const channelsLast3d = 'channels_last_3d';
