/** Bytes at positions: of a file, or of memory. */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { CheckpointError, describeValue } from '../errors.ts';
import { native, words } from '../native.ts';
import { overloadFunction } from '../operator.ts';
import { type Tensor, wrap } from '../tensor.ts';
import { bytesTensor, partOf } from './storage.ts';

/** A tensor with the checksum of its bytes, undefined where they were mapped and not read. */
export interface Summed {
  /** uint8 `[B]`. */
  readonly bytes: Tensor;
  /** CRC-32. */
  readonly sum: number | undefined;
}

export interface Source {
  /** What it is called in messages. */
  readonly name: string;
  readonly size: number;
  /** @throws CheckpointError if there are not as many. */
  read(position: number, length: number): Uint8Array;
  /** The same as a uint8 tensor `[length]`; where the file is mapped it is a part of that, and nothing is read. */
  tensor(position: number, length: number): Summed;
}

/** How files are given: by path, or as their bytes. */
export type FileInput = string | URL | Uint8Array;

// One system call moves at most 2 GB.
const most = 1 << 30;

type FromFile = (filename: string, shared: boolean, size: number, options: { dtype: string }) => Tensor;

/** A file's bytes as a uint8 tensor: read when they are used, and copied when they are changed. */
function fileTensor(path: string, size: number): Tensor {
  const fromFile = overloadFunction('aten', 'from_file', '') as FromFile;
  return fromFile(path, false, size, { dtype: 'uint8' });
}

/** Reads into memory of libtorch's, which is faster than a buffer's; undefined where Node cannot. */
function readFile(file: number, position: number, length: number): Summed | undefined {
  words[0] = file;
  words[1] = position;
  words[2] = length;
  native.readFile();
  const [handle, sum] = words as unknown as [number, number];
  return handle === 0 ? undefined : { bytes: wrap(handle), sum };
}

function summed(bytes: Uint8Array): Summed {
  return {
    bytes: bytesTensor(bytes),
    // Most formats have no checksums.
    get sum() {
      return crc32(bytes);
    },
  };
}

function checkRange({ name, size }: Source, position: number, length: number): void {
  if (!(position >= 0 && length >= 0 && position + length <= size)) {
    throw new CheckpointError(`${name}: ${length} bytes at ${position} lie outside of its ${size} bytes`);
  }
}

class FileSource implements Source {
  readonly name: string;
  readonly size: number;
  readonly #file: number;
  readonly #isMapped: boolean;
  #map: Tensor | undefined;

  constructor(name: string, file: number, isMapped: boolean) {
    this.name = name;
    this.#file = file;
    this.#isMapped = isMapped;
    this.size = fstatSync(file).size;
  }

  read(position: number, length: number): Uint8Array {
    checkRange(this, position, length);
    const bytes = Buffer.allocUnsafeSlow(length);
    for (let at = 0; at < length; ) {
      const count = readSync(this.#file, bytes, at, Math.min(most, length - at), position + at);
      if (count === 0) throw this.#ended();
      at += count;
    }
    return bytes;
  }

  tensor(position: number, length: number): Summed {
    checkRange(this, position, length);
    if (this.#isMapped && length > 0) {
      this.#map ??= fileTensor(this.name, this.size);
      return { bytes: partOf(this.#map, position, length), sum: undefined };
    }
    if (fstatSync(this.#file).size < position + length) throw this.#ended();
    return readFile(this.#file, position, length) ?? summed(this.read(position, length));
  }

  #ended(): CheckpointError {
    return new CheckpointError(`${this.name}: the file ended while it was read`);
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
    read(position, length) {
      checkRange(source, position, length);
      const part = bytes.subarray(position, position + length);
      if (isOurs) return part;
      // Memory that nothing has written to yet, and that is no part of a larger buffer.
      const copy = Buffer.allocUnsafeSlow(length);
      copy.set(part);
      return copy;
    },
    tensor: (position, length) => summed(source.read(position, length)),
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
