/** Writes zip archives of stored files whose bytes begin at multiples of 64, as PyTorch's do. */

import { crc32 } from 'node:zlib';

const alignment = 64;
const maxUint32 = 0xffffffff;

interface Written {
  readonly name: Uint8Array;
  readonly size: number;
  readonly crc: number;
  readonly header: number;
}

function record(size: number, fill: (data: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(size);
  fill(new DataView(bytes.buffer));
  return bytes;
}

const clip = (value: number) => Math.min(value, maxUint32);

/** What both headers of a file say, from its version on. */
function describe(data: DataView, at: number, { name, size, crc }: Omit<Written, 'header'>, extra: number): void {
  const zip64 = size >= maxUint32;
  data.setUint16(at, zip64 ? 45 : 20, true);
  data.setUint16(at + 2, 0x0800, true); // names are UTF-8
  data.setUint16(at + 8, 0x21, true); // the first day of 1980: files of the same contents are the same
  data.setUint32(at + 10, crc, true);
  data.setUint32(at + 14, clip(size), true);
  data.setUint32(at + 18, clip(size), true);
  data.setUint16(at + 22, name.length, true);
  data.setUint16(at + 24, extra, true);
}

/** The extra field of what does not fit into 32 bits. */
function extra64(values: readonly number[]): Uint8Array {
  if (values.length === 0) return new Uint8Array();
  return record(4 + 8 * values.length, (data) => {
    data.setUint16(0, 1, true);
    data.setUint16(2, 8 * values.length, true);
    for (const [i, value] of values.entries()) data.setBigUint64(4 + 8 * i, BigInt(value), true);
  });
}

export class ZipWriter {
  readonly #write: (bytes: Uint8Array) => void;
  readonly #files: Written[] = [];
  #position = 0;

  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = (bytes) => {
      write(bytes);
      this.#position += bytes.length;
    };
  }

  /** Adds a file. */
  add(path: string, contents: Uint8Array): void {
    const name = new TextEncoder().encode(path);
    const size = contents.length;
    const file = { name, size, crc: crc32(contents), header: this.#position };
    const large = size >= maxUint32 ? extra64([size, size]) : new Uint8Array();
    // Padding is an extra field of its own, with the name that PyTorch gives it.
    const end = this.#position + 30 + name.length + large.length + 4;
    const padding = (alignment - (end % alignment)) % alignment;
    const extra = large.length + 4 + padding;
    const header = record(30, (data) => {
      data.setUint32(0, 0x04034b50, true);
      describe(data, 4, file, extra);
    });
    const filler = record(4 + padding, (data) => {
      data.setUint8(0, 0x46);
      data.setUint8(1, 0x42);
      data.setUint16(2, padding, true);
    });
    for (const part of [header, name, large, filler, contents]) this.#write(part);
    this.#files.push(file);
  }

  /** Writes the directory. */
  end(): void {
    const start = this.#position;
    for (const file of this.#files) {
      const { name, size, header } = file;
      const values = [...(size >= maxUint32 ? [size, size] : []), ...(header >= maxUint32 ? [header] : [])];
      const extra = extra64(values);
      const entry = record(46, (data) => {
        data.setUint32(0, 0x02014b50, true);
        data.setUint16(4, 45, true);
        describe(data, 6, file, extra.length);
        data.setUint32(42, clip(header), true);
      });
      for (const part of [entry, name, extra]) this.#write(part);
    }
    const size = this.#position - start;
    const count = this.#files.length;
    if (count >= 0xffff || start >= maxUint32 || size >= maxUint32) this.#end64(count, size, start);
    const end = record(22, (data) => {
      data.setUint32(0, 0x06054b50, true);
      data.setUint16(8, Math.min(count, 0xffff), true);
      data.setUint16(10, Math.min(count, 0xffff), true);
      data.setUint32(12, clip(size), true);
      data.setUint32(16, clip(start), true);
    });
    this.#write(end);
  }

  #end64(count: number, size: number, start: number): void {
    const position = this.#position;
    const end = record(56, (data) => {
      data.setUint32(0, 0x06064b50, true);
      data.setBigUint64(4, 44n, true);
      data.setUint16(12, 45, true);
      data.setUint16(14, 45, true);
      data.setBigUint64(24, BigInt(count), true);
      data.setBigUint64(32, BigInt(count), true);
      data.setBigUint64(40, BigInt(size), true);
      data.setBigUint64(48, BigInt(start), true);
    });
    const locator = record(20, (data) => {
      data.setUint32(0, 0x07064b50, true);
      data.setBigUint64(8, BigInt(position), true);
      data.setUint32(16, 1, true);
    });
    this.#write(end);
    this.#write(locator);
  }
}
