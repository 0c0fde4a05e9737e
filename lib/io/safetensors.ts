/** The safetensors format: named tensors and nothing that could run. `torch.safetensors`, as Python's `safetensors.torch`. */

import { closeSync, fstatSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import type { DeviceLike } from '../device.ts';
import { CheckpointError, describeValue } from '../errors.ts';
import { scope } from '../scope.ts';
import { Tensor } from '../tensor.ts';
import { decodeElements, elementsOf } from './safetensors-elements.ts';
import { type Header, layOut, readHeader } from './safetensors-header.ts';

export interface SafetensorsSaveOptions {
  /** Strings that go into the file's header. */
  metadata?: Readonly<Record<string, string>>;
}

export interface SafetensorsLoadOptions {
  device?: DeviceLike;
}

/** Tensors by name: what `Module.stateDict` returns, or a plain object. */
export type NamedTensors = ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor>>;

function entriesOf(where: string, tensors: NamedTensors): Map<string, Tensor> {
  if (typeof tensors !== 'object' || tensors === null || Array.isArray(tensors) || tensors instanceof Tensor) {
    throw new TypeError(`${where}: tensors must be a Map or an object of tensors, got ${describeValue(tensors)}`);
  }
  const entries = new Map<string, Tensor>(tensors instanceof Map ? tensors : Object.entries(tensors));
  for (const [name, tensor] of entries) {
    if (typeof name !== 'string') throw new TypeError(`${where}: names must be strings, got ${describeValue(name)}`);
    if (!(tensor instanceof Tensor)) {
      throw new TypeError(`${where}: '${name}' must be a Tensor, got ${describeValue(tensor)}`);
    }
  }
  return entries;
}

/** Reads bytes at a position of what is loaded. */
type Read = (position: number, length: number) => Uint8Array;

function decode({ entries, dataStart }: Header, read: Read, { device }: SafetensorsLoadOptions): Map<string, Tensor> {
  return scope(() => {
    const tensors = new Map<string, Tensor>();
    for (const entry of entries) {
      const elements = decodeElements(entry, read(dataStart + entry.begin, entry.end - entry.begin));
      tensors.set(entry.name, device === undefined ? elements : elements.to(device));
    }
    return tensors;
  });
}

/** Tensors as the bytes of a safetensors file (`safetensors.torch.save`). */
export function save(tensors: NamedTensors, options: SafetensorsSaveOptions = {}): Uint8Array {
  const named = entriesOf('safetensors.save', tensors);
  const { header, order, size } = layOut(named, options.metadata);
  const bytes = new Uint8Array(size);
  bytes.set(header);
  let at = header.length;
  for (const name of order) {
    const elements = elementsOf(named.get(name) as Tensor);
    bytes.set(elements, at);
    at += elements.length;
  }
  return bytes;
}

/**
 * The tensors in the bytes of a safetensors file (`safetensors.torch.load`).
 *
 * @throws CheckpointError if they are damaged or incomplete.
 */
export function load(bytes: Uint8Array, options: SafetensorsLoadOptions = {}): Map<string, Tensor> {
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError(`safetensors.load: bytes must be a Uint8Array, got ${describeValue(bytes)}`);
  }
  const read: Read = (position, length) => bytes.subarray(position, position + length);
  return decode(readHeader(bytes.length, read), read, options);
}

/**
 * Writes a safetensors file (`safetensors.torch.save_file`); it appears whole or not at all.
 *
 * @throws TypeError for values that are no tensors, DTypeError for dtypes that the format lacks.
 * @example
 * torch.safetensors.saveFile(model.stateDict(), 'model.safetensors');
 */
export function saveFile(tensors: NamedTensors, path: string, options: SafetensorsSaveOptions = {}): void {
  const named = entriesOf('safetensors.saveFile', tensors);
  const { header, order } = layOut(named, options.metadata);
  const partial = `${path}.${process.pid}.partial`;
  const file = openSync(partial, 'w');
  try {
    writeAll(file, header);
    for (const name of order) writeAll(file, elementsOf(named.get(name) as Tensor));
  } catch (error) {
    closeSync(file);
    rmSync(partial, { force: true });
    throw error;
  }
  closeSync(file);
  renameSync(partial, path);
}

/**
 * Reads a safetensors file (`safetensors.torch.load_file`).
 *
 * @throws CheckpointError if the file is damaged or incomplete.
 * @example
 * model.loadStateDict(torch.safetensors.loadFile('model.safetensors'));
 */
export function loadFile(path: string, options: SafetensorsLoadOptions = {}): Map<string, Tensor> {
  const file = openSync(path, 'r');
  try {
    const read: Read = (position, length) => readAll(file, position, length);
    return decode(readHeader(fstatSync(file).size, read), read, options);
  } finally {
    closeSync(file);
  }
}

// One system call moves at most 2 GB.
const most = 1 << 30;

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, Math.min(most, bytes.length - at));
}

function readAll(file: number, position: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const count = readSync(file, bytes, at, Math.min(most, length - at), position + at);
    if (count === 0) throw new CheckpointError('safetensors: the file ended while it was read');
    at += count;
  }
  return bytes;
}
