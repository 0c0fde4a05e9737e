/** Bytes at positions: of a file, or of memory. */

import { constants } from 'node:buffer';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CheckpointError, describeValue } from '../errors.ts';
import { overloadFunction } from '../operator.ts';
import type { Tensor } from '../tensor.ts';
import { bytesTensor, partOf } from './storage.ts';

/** Sees the bytes that are read, piece by piece, while they are in the processor's cache. */
export type Visit = (piece: Uint8Array) => void;

export interface Source {
  /** What it is called in messages. */
  readonly name: string;
  readonly size: number;
  /** Whether tensors are parts of a mapped file. */
  readonly isMapped: boolean;
  /** @throws CheckpointError if there are not as many. */
  read(position: number, length: number, visit?: Visit): Uint8Array;
  /**
   * The same as a uint8 tensor `[length]`. Where the file is mapped it is a part of that, nothing is read, and `visit` is
   * not called.
   */
  tensor(position: number, length: number, visit?: Visit): Tensor;
}

/** How files are given: by path, or as their bytes. */
export type FileInput = string | URL | Uint8Array;

const piece = 1 << 18;

type FromFile = (filename: string, shared: boolean, size: number, options: { dtype: string }) => Tensor;

/** A file's bytes as a uint8 tensor: read when they are used, and copied when they are changed. */
function fileTensor(path: string, size: number): Tensor {
  const fromFile = overloadFunction('aten', 'from_file', '') as FromFile;
  return fromFile(path, false, size, { dtype: 'uint8' });
}

function checkRange({ name, size }: Source, position: number, length: number): void {
  if (!(position >= 0 && length >= 0 && position + length <= size)) {
    throw new CheckpointError(`${name}: ${length} bytes at ${position} lie outside of its ${size} bytes`);
  }
}

class FileSource implements Source {
  readonly name: string;
  readonly size: number;
  readonly isMapped: boolean;
  readonly #file: number;
  #map: Tensor | undefined;

  constructor(name: string, file: number, isMapped: boolean) {
    this.name = name;
    this.#file = file;
    this.isMapped = isMapped;
    this.size = fstatSync(file).size;
  }

  read(position: number, length: number, visit?: Visit): Uint8Array {
    checkRange(this, position, length);
    // Memory that nothing has written to yet, and that is no part of a larger buffer.
    const bytes = Buffer.allocUnsafeSlow(length);
    for (let at = 0; at < length; ) {
      const count = readSync(this.#file, bytes, at, Math.min(piece, length - at), position + at);
      if (count === 0) throw new CheckpointError(`${this.name}: the file ended while it was read`);
      visit?.(bytes.subarray(at, at + count));
      at += count;
    }
    return bytes;
  }

  tensor(position: number, length: number, visit?: Visit): Tensor {
    checkRange(this, position, length);
    if (length === 0) return bytesTensor(new Uint8Array());
    if (this.isMapped) return partOf(this.#mapped(), position, length);
    if (length <= constants.MAX_LENGTH) return bytesTensor(this.read(position, length, visit));
    // No buffer of Node's is as large.
    for (let at = 0; visit !== undefined && at < length; at += piece) {
      visit(this.read(position + at, Math.min(piece, length - at)));
    }
    return partOf(this.#mapped(), position, length).clone();
  }

  #mapped(): Tensor {
    this.#map ??= fileTensor(this.name, this.size);
    return this.#map;
  }
}

/** Opens a file while `use` reads from it; tensors of a mapped one stay valid. To be called in a scope. */
export function withFile<T>(path: string | URL, isMapped: boolean, use: (source: Source) => T): T {
  const name = path instanceof URL ? fileURLToPath(path) : path;
  const file = openSync(name, 'r');
  try {
    return use(new FileSource(name, file, isMapped));
  } finally {
    closeSync(file);
  }
}

/** Bytes in memory. What is read is copied, so that it stays as it is; `isOurs` says that nobody else has them. */
export function memorySource(name: string, bytes: Uint8Array, isOurs = false): Source {
  const source: Source = {
    name,
    size: bytes.length,
    isMapped: false,
    read(position, length, visit) {
      checkRange(source, position, length);
      const part = bytes.subarray(position, position + length);
      const copy = isOurs ? part : Buffer.allocUnsafeSlow(length);
      if (!isOurs) copy.set(part);
      visit?.(copy);
      return copy;
    },
    tensor: (position, length, visit) => bytesTensor(source.read(position, length, visit)),
  };
  return source;
}

/** Reads from a path, or from bytes. `where` names the function and the argument. */
export function withSource<T>(where: string, input: FileInput, isMapped: boolean, use: (source: Source) => T): T {
  if (input instanceof Uint8Array) return use(memorySource(where, input));
  if (typeof input !== 'string' && !(input instanceof URL)) {
    throw new TypeError(`${where} must be a path or a Uint8Array, got ${describeValue(input)}`);
  }
  return withFile(input, isMapped, use);
}
