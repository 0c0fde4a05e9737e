/** Bytes at positions: of a file, or of memory. */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CheckpointError, describeValue } from '../errors.ts';

export interface Source {
  /** What it is called in messages. */
  readonly name: string;
  readonly size: number;
  /** @throws CheckpointError if there are not as many. */
  read(position: number, length: number): Uint8Array;
}

// One system call moves at most 2 GB.
const most = 1 << 30;

/** Memory that nothing has written to yet, and that is no part of a larger buffer. */
function uninitialised(length: number): Uint8Array {
  return Buffer.allocUnsafeSlow(length);
}

function readAll(file: number, name: string, position: number, length: number): Uint8Array {
  const bytes = uninitialised(length);
  for (let at = 0; at < length; ) {
    const count = readSync(file, bytes, at, Math.min(most, length - at), position + at);
    if (count === 0) throw new CheckpointError(`${name}: the file ended while it was read`);
    at += count;
  }
  return bytes;
}

function checkRange({ name, size }: Source, position: number, length: number): void {
  if (!(position >= 0 && length >= 0 && position + length <= size)) {
    throw new CheckpointError(`${name}: ${length} bytes at ${position} lie outside of its ${size} bytes`);
  }
}

/** Opens a file while `use` reads from it. */
export function withFile<T>(path: string | URL, use: (source: Source) => T): T {
  const name = path instanceof URL ? fileURLToPath(path) : path;
  const file = openSync(name, 'r');
  try {
    const source: Source = {
      name,
      size: fstatSync(file).size,
      read(position, length) {
        checkRange(source, position, length);
        return readAll(file, name, position, length);
      },
    };
    return use(source);
  } finally {
    closeSync(file);
  }
}

/** Bytes in memory. What is read is copied, so that it stays as it is. */
export function sourceOf(where: string, bytes: Uint8Array): Source {
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError(`${where} must be a path or a Uint8Array, got ${describeValue(bytes)}`);
  }
  const source: Source = {
    name: where,
    size: bytes.length,
    read(position, length) {
      checkRange(source, position, length);
      const copy = uninitialised(length);
      copy.set(bytes.subarray(position, position + length));
      return copy;
    },
  };
  return source;
}
