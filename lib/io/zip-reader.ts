/** Reads zip archives, as PyTorch and NumPy write them, checking every size before memory is taken. */

import { crc32, inflateRawSync } from 'node:zlib';
import { CheckpointError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import type { Source } from './source.ts';
import { bytesTensor } from './storage.ts';

/** A file in an archive. */
export interface ZipEntry {
  readonly name: string;
  /** Of its contents. */
  readonly size: number;
  readonly compressedSize: number;
  readonly crc: number;
  readonly compression: 'stored' | 'deflated';
  /** Where its bytes begin in the archive. */
  readonly position: number;
}

const signatures = {
  local: 0x04034b50,
  central: 0x02014b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
};
const endSize = 22;
const centralSize = 46;
const localSize = 30;
const mostEntries = 1 << 20;

// Deflate shrinks by a factor of 1032 at most. What large archives unpack to is limited further, since it takes memory.
const mostExpansion = 1032;
const mostUnpacked = 1 << 28;
const usualExpansion = 64;

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function safe(value: bigint, damaged: (what: string) => CheckpointError): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw damaged('a position is beyond every file');
  return Number(value);
}

export class ZipReader {
  readonly entries: ReadonlyMap<string, ZipEntry>;
  readonly #source: Source;

  /** @throws CheckpointError if it is no archive, or one that is damaged or meant to harm. */
  constructor(source: Source) {
    this.#source = source;
    this.entries = this.#readEntries();
  }

  /** True for what begins as an archive does, an empty one too. */
  static isArchive(source: Source): boolean {
    if (source.size < endSize) return false;
    const signature = view(source.read(0, 4)).getUint32(0, true);
    return signature === signatures.local || signature === signatures.end;
  }

  /** A file's contents. */
  read(entry: ZipEntry): Uint8Array {
    const raw = this.#source.read(entry.position, entry.compressedSize);
    const bytes = entry.compression === 'stored' ? raw : this.#inflate(entry, raw);
    this.#check(entry, crc32(bytes));
    return bytes;
  }

  /** A file's contents as a uint8 tensor; the checksum of what is mapped, and so not read, is not checked. */
  tensor(entry: ZipEntry): Tensor {
    if (entry.compression === 'deflated') return bytesTensor(this.read(entry));
    const { bytes, sum } = this.#source.tensor(entry.position, entry.size);
    if (sum !== undefined) this.#check(entry, sum);
    return bytes;
  }

  #check(entry: ZipEntry, sum: number): void {
    if (sum !== entry.crc) throw this.#damaged(`the checksum of ${entry.name} is wrong`);
  }

  #damaged(what: string): CheckpointError {
    return new CheckpointError(`${this.#source.name}: ${what}`);
  }

  #inflate(entry: ZipEntry, raw: Uint8Array): Uint8Array {
    try {
      const bytes = inflateRawSync(raw, { maxOutputLength: Math.max(1, entry.size) });
      if (bytes.length === entry.size) return bytes;
    } catch {
      // Named below.
    }
    throw this.#damaged(`${entry.name} does not unpack to its ${entry.size} bytes`);
  }

  #readEntries(): Map<string, ZipEntry> {
    const { count, size, position, end } = this.#findDirectory();
    if (count > mostEntries || size < count * centralSize || position + size > end) {
      throw this.#damaged('the directory of the archive does not fit into it');
    }
    const bytes = this.#source.read(position, size);
    const entries = new Map<string, ZipEntry>();
    let at = 0;
    for (let i = 0; i < count; i++) {
      const { entry, next } = this.#readEntry(bytes, at, position);
      if (entries.has(entry.name)) throw this.#damaged(`there are two files ${entry.name}`);
      entries.set(entry.name, entry);
      at = next;
    }
    this.#refuseOverlaps([...entries.values()]);
    this.#refuseBombs([...entries.values()]);
    return entries;
  }

  /** The archive's end record, which lies before a comment of at most 64 KB. */
  #findDirectory(): { count: number; size: number; position: number; end: number } {
    const source = this.#source;
    const length = Math.min(source.size, endSize + 0xffff);
    const start = source.size - length;
    const tail = source.read(start, length);
    const data = view(tail);
    for (let at = length - endSize; at >= 0; at--) {
      if (data.getUint32(at, true) !== signatures.end || at + endSize + data.getUint16(at + 20, true) !== length)
        continue;
      if (data.getUint16(at + 4, true) !== data.getUint16(at + 6, true))
        throw this.#damaged('it is a part of an archive');
      const found = {
        count: data.getUint16(at + 10, true),
        size: data.getUint32(at + 12, true),
        position: data.getUint32(at + 16, true),
        end: start + at,
      };
      return found.count === 0xffff || found.size === 0xffffffff || found.position === 0xffffffff
        ? this.#findDirectory64(start + at)
        : found;
    }
    throw this.#damaged('it is no zip archive, or its end is missing');
  }

  #findDirectory64(end: number): { count: number; size: number; position: number; end: number } {
    const locator = view(this.#source.read(end - 20, 20));
    const damaged = (what: string) => this.#damaged(what);
    if (locator.getUint32(0, true) !== signatures.locator64) throw damaged('the end of the archive is damaged');
    const position = safe(locator.getBigUint64(8, true), damaged);
    const record = view(this.#source.read(position, 56));
    if (record.getUint32(0, true) !== signatures.end64) throw damaged('the end of the archive is damaged');
    return {
      count: safe(record.getBigUint64(32, true), damaged),
      size: safe(record.getBigUint64(40, true), damaged),
      position: safe(record.getBigUint64(48, true), damaged),
      end: position,
    };
  }

  #readEntry(bytes: Uint8Array, at: number, directory: number): { entry: ZipEntry; next: number } {
    const damaged = (what: string) => this.#damaged(what);
    if (at + centralSize > bytes.length) throw damaged('the directory of the archive is cut off');
    const data = view(bytes);
    if (data.getUint32(at, true) !== signatures.central) throw damaged('the directory of the archive is damaged');
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((each) => data.getUint16(at + each, true)) as [
      number,
      number,
      number,
    ];
    const next = at + centralSize + nameLength + extraLength + commentLength;
    if (next > bytes.length) throw damaged('the directory of the archive is cut off');
    const nameStart = at + centralSize;
    const name = new TextDecoder().decode(bytes.subarray(nameStart, nameStart + nameLength));
    let [compressedSize, size, header] = [20, 24, 42].map((each) => data.getUint32(at + each, true)) as [
      number,
      number,
      number,
    ];
    // Sizes beyond 4 GB lie in the field 1 of the extra data, in this order, each only where it is needed.
    const extra = this.#extra64(bytes.subarray(nameStart + nameLength, nameStart + nameLength + extraLength));
    const take = (value: number) => (value === 0xffffffff ? safe(extra.shift() ?? 0xffffffffn, damaged) : value);
    size = take(size);
    compressedSize = take(compressedSize);
    header = take(header);
    if ((data.getUint16(at + 8, true) & 1) !== 0) throw damaged(`${name} is encrypted`);
    const method = data.getUint16(at + 10, true);
    if (method !== 0 && method !== 8)
      throw damaged(`${name} is compressed by a method that is not supported, ${method}`);
    if (method === 0 ? size !== compressedSize : size > compressedSize * mostExpansion + 64) {
      throw damaged(`${name} cannot unpack to ${size} bytes`);
    }
    const position = this.#positionOf(name, header, directory);
    if (position + compressedSize > directory) throw damaged(`${name} does not fit into the archive`);
    const compression = method === 0 ? 'stored' : 'deflated';
    return { entry: { name, size, compressedSize, crc: data.getUint32(at + 16, true), compression, position }, next };
  }

  #extra64(extra: Uint8Array): bigint[] {
    const data = view(extra);
    for (let at = 0; at + 4 <= extra.length; ) {
      const length = data.getUint16(at + 2, true);
      if (at + 4 + length > extra.length) break;
      if (data.getUint16(at, true) === 1) {
        return Array.from({ length: Math.floor(length / 8) }, (_, i) => data.getBigUint64(at + 4 + 8 * i, true));
      }
      at += 4 + length;
    }
    return [];
  }

  /** Where a file's bytes begin: behind its own header, which repeats the name. */
  #positionOf(name: string, header: number, directory: number): number {
    if (header + localSize > directory) throw this.#damaged(`${name} does not fit into the archive`);
    const data = view(this.#source.read(header, localSize));
    if (data.getUint32(0, true) !== signatures.local) throw this.#damaged(`the header of ${name} is damaged`);
    return header + localSize + data.getUint16(26, true) + data.getUint16(28, true);
  }

  /** Files that share bytes would unpack to far more than the archive holds. */
  #refuseOverlaps(entries: ZipEntry[]): void {
    entries.sort((a, b) => a.position - b.position);
    for (const [i, entry] of entries.entries()) {
      const following = entries[i + 1];
      if (following !== undefined && entry.position + entry.compressedSize > following.position) {
        throw this.#damaged(`${entry.name} and ${following.name} overlap`);
      }
    }
  }

  #refuseBombs(entries: readonly ZipEntry[]): void {
    const deflated = entries.filter(({ compression }) => compression === 'deflated');
    const unpacked = deflated.reduce((sum, { size }) => sum + size, 0);
    if (unpacked > Math.max(mostUnpacked, usualExpansion * this.#source.size)) {
      throw this.#damaged(`it would unpack to ${unpacked} bytes, far more than it has`);
    }
  }
}
