/** The bytes of a pickle, read from front to end. */

import { CheckpointError } from '../errors.ts';

const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const mostIntegerBytes = 1024;

export class PickleReader {
  readonly #where: string;
  readonly #bytes: Uint8Array;
  readonly #data: DataView;
  #at = 0;

  constructor(where: string, bytes: Uint8Array) {
    this.#where = where;
    this.#bytes = bytes;
    this.#data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get size(): number {
    return this.#bytes.length;
  }

  damaged(what: string): CheckpointError {
    return new CheckpointError(`${this.#where}: ${what}`);
  }

  byte(): number {
    return this.#data.getUint8(this.#advance(1));
  }

  uint16(): number {
    return this.#data.getUint16(this.#advance(2), true);
  }

  uint32(): number {
    return this.#data.getUint32(this.#advance(4), true);
  }

  int32(): number {
    return this.#data.getInt32(this.#advance(4), true);
  }

  length64(): number {
    return Number(this.#data.getBigUint64(this.#advance(8), true));
  }

  double(): number {
    return this.#data.getFloat64(this.#advance(8));
  }

  /** A part of the pickle's own bytes. */
  take(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  text(length: number): string {
    return this.#decode(this.take(length));
  }

  /** Text up to the end of a line. */
  line(): string {
    const end = this.#bytes.indexOf(10, this.#at);
    if (end < 0) throw this.damaged('the pickle is cut off');
    const line = this.text(end - this.#at);
    this.#at = end + 1;
    return line;
  }

  /** A signed integer of any size; a bigint only beyond 2^53. */
  integer(length: number): number | bigint {
    if (length > mostIntegerBytes) {
      throw this.damaged(`the pickle has an integer of more than ${mostIntegerBytes} bytes`);
    }
    let value = 0n;
    for (const byte of this.take(length).toReversed()) value = (value << 8n) | BigInt(byte);
    value = BigInt.asIntN(8 * length, value);
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  }

  #advance(length: number): number {
    const start = this.#at;
    if (length > this.#bytes.length - start) throw this.damaged('the pickle is cut off');
    this.#at = start + length;
    return start;
  }

  #decode(bytes: Uint8Array): string {
    try {
      return text.decode(bytes);
    } catch {
      throw this.damaged('the pickle has a string that is not UTF-8');
    }
  }
}
