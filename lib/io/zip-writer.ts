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

/** Where a file begins and how large it is. */
type Extent = Pick<Written, 'size' | 'header'>;

function record(size: number, fill: (data: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(size);
  fill(new DataView(bytes.buffer));
  return bytes;
}

const clip = (value: number) => Math.min(value, maxUint32);

/** What both headers of a file say, from the version on; `sum` is its checksum and size. */
function describe(data: DataView, at: number, { name, size, header }: Written, sum: number[], extra: number): void {
  data.setUint16(at, isLarge({ size, header }) ? 45 : 20, true);
  // Names are UTF-8; the checksum of what is not empty follows it.
  data.setUint16(at + 2, size === 0 ? 0x0800 : 0x0808, true);
  data.setUint16(at + 8, 0x21, true); // the first day of 1980: files of the same contents are the same
  for (const [i, value] of sum.entries()) data.setUint32(at + 10 + 4 * i, value, true);
  data.setUint16(at + 22, name.length, true);
  data.setUint16(at + 24, extra, true);
}

function isLarge({ size, header }: Extent): boolean {
  return size >= maxUint32 || header >= maxUint32;
}

/** The extra field of what does not fit into 32 bits. */
function extra64({ size, header }: Extent): Uint8Array {
  const values = [...(size >= maxUint32 ? [size, size] : []), ...(header >= maxUint32 ? [header] : [])];
  if (values.length === 0) return new Uint8Array();
  return record(4 + 8 * values.length, (data) => {
    data.setUint16(0, 1, true);
    data.setUint16(2, 8 * values.length, true);
    for (const [i, value] of values.entries()) data.setBigUint64(4 + 8 * i, BigInt(value), true);
  });
}

/** Checksum and size behind a file's bytes, which let them be written in pieces. */
function descriptor(file: Written): Uint8Array {
  const large = isLarge(file);
  return record(large ? 24 : 16, (data) => {
    data.setUint32(0, 0x08074b50, true);
    data.setUint32(4, file.crc, true);
    for (const i of [0, 1]) {
      if (large) data.setBigUint64(8 + 8 * i, BigInt(file.size), true);
      else data.setUint32(8 + 4 * i, file.size, true);
    }
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
    this.addPieces(path, contents.length, [contents]);
  }

  /** Adds a file of `size` bytes, which come in pieces. */
  addPieces(path: string, size: number, contents: Iterable<Uint8Array>): void {
    const name = new TextEncoder().encode(path);
    const file = { name, size, crc: 0, header: this.#position };
    const large = extra64(file);
    // Padding is an extra field of its own, with the name that PyTorch gives it.
    const end = this.#position + 30 + name.length + large.length + 4;
    const padding = (alignment - (end % alignment)) % alignment;
    const header = record(30, (data) => {
      data.setUint32(0, 0x04034b50, true);
      describe(data, 4, file, size >= maxUint32 ? [0, maxUint32, maxUint32] : [0, 0, 0], large.length + 4 + padding);
    });
    const filler = record(4 + padding, (data) => {
      data.setUint8(0, 0x46);
      data.setUint8(1, 0x42);
      data.setUint16(2, padding, true);
    });
    for (const part of [header, name, large, filler]) this.#write(part);
    for (const piece of contents) {
      file.crc = crc32(piece, file.crc);
      this.#write(piece);
    }
    if (size > 0) this.#write(descriptor(file));
    this.#files.push(file);
  }

  /** Writes the directory. */
  end(): void {
    const start = this.#position;
    for (const file of this.#files) {
      const { name, size, crc, header } = file;
      const extra = extra64(file);
      const entry = record(46, (data) => {
        data.setUint32(0, 0x02014b50, true);
        data.setUint16(4, 45, true);
        describe(data, 6, file, [crc, clip(size), clip(size)], extra.length);
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
