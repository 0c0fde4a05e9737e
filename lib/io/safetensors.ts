/** The safetensors format: named tensors and nothing that could run. `torch.safetensors`, as Python's `safetensors.torch`. */

import { noGrad } from '../autograd/modes.ts';
import type { DeviceLike } from '../device.ts';
import { CheckpointError, describeValue } from '../errors.ts';
import { scope } from '../scope.ts';
import { Tensor } from '../tensor.ts';
import { replaceFile, writeAll } from './atomic-file.ts';
import { refusing } from './refusing.ts';
import { type Entry, layOut, readHeader } from './safetensors-header.ts';
import { memorySource, type Source, withFile } from './source.ts';
import { bytesOf, elementsOf, pieces } from './storage.ts';

export interface SafetensorsSaveOptions {
  /** Strings that go into the file's header. */
  metadata?: Readonly<Record<string, string>>;
}

export interface SafetensorsLoadOptions {
  device?: DeviceLike;
}

export interface SafetensorsFileOptions extends SafetensorsLoadOptions {
  /**
   * Maps the file into memory, as Python does: tensors are read when they are used, and the file must not be changed in
   * place for as long. With false it is read at once. True by default.
   */
  mmap?: boolean;
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

function decodeEntry(source: Source, dataStart: number, { name, dtype, shape, begin, end }: Entry): Tensor {
  const { bytes } = source.tensor(dataStart + begin, end - begin);
  if (dtype === 'bool' && end > begin && (bytes.max().item() as number) > 1) {
    throw new CheckpointError(`safetensors: '${name}' is BOOL and holds bytes other than 0 and 1`);
  }
  return elementsOf(bytes, dtype).view([...shape]);
}

function decode(source: Source, { device }: SafetensorsLoadOptions): Map<string, Tensor> {
  return refusing('safetensors', () =>
    noGrad(() => {
      const { entries, dataStart } = readHeader(source);
      const tensors = new Map<string, Tensor>();
      for (const entry of entries) {
        const elements = decodeEntry(source, dataStart, entry);
        tensors.set(entry.name, device === undefined ? elements : elements.to(device));
      }
      return tensors;
    }),
  );
}

function write(tensors: Map<string, Tensor>, options: SafetensorsSaveOptions, put: (bytes: Uint8Array) => void): void {
  const { header, order } = layOut(tensors, options.metadata);
  put(header);
  for (const name of order) {
    scope(() => {
      for (const piece of pieces(bytesOf(tensors.get(name) as Tensor))) put(piece);
    });
  }
}

/** Tensors as the bytes of a safetensors file (`safetensors.torch.save`). */
export function save(tensors: NamedTensors, options: SafetensorsSaveOptions = {}): Uint8Array {
  const parts: Uint8Array[] = [];
  write(entriesOf('safetensors.save', tensors), options, (bytes) => parts.push(bytes));
  return new Uint8Array(Buffer.concat(parts));
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
  return scope(() => decode(memorySource('safetensors.load: bytes', bytes), options));
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
  replaceFile(path, (file) => write(named, options, (bytes) => writeAll(file, bytes)));
}

/**
 * Reads a safetensors file (`safetensors.torch.load_file`).
 *
 * @throws CheckpointError if the file is damaged or incomplete.
 * @example
 * model.loadStateDict(torch.safetensors.loadFile('model.safetensors'));
 */
export function loadFile(path: string, options: SafetensorsFileOptions = {}): Map<string, Tensor> {
  return scope(() => withFile(path, options.mmap !== false, (source) => decode(source, options)));
}

/**
 * The strings in the header of a safetensors file (`safe_open(...).metadata()`), empty if there are none.
 *
 * @throws CheckpointError if the file is damaged or incomplete.
 */
export function fileMetadata(path: string): Map<string, string> {
  return withFile(path, false, (source) => new Map(readHeader(source).metadata));
}
