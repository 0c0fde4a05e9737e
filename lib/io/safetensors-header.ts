/** The header of a safetensors file: eight bytes of length, then JSON that says where each tensor lies. */

import type { DType } from '../dtype.ts';
import { CheckpointError, describeValue } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { dtypeOf, formatOf } from './safetensors-formats.ts';
import type { Source } from './source.ts';
import { countOf, itemsizeOf } from './storage.ts';

/** One tensor of a file; `begin` and `end` count from the end of the header. */
export interface Entry {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  /** In the order in which they lie. */
  readonly entries: readonly Entry[];
  readonly metadata: ReadonlyMap<string, string>;
  readonly dataStart: number;
}

// As in the reference implementation, so that what one writes the other reads.
const longestHeader = 100_000_000;
const metadataName = '__metadata__';

function refuse(message: string): CheckpointError {
  return new CheckpointError(`safetensors: ${message}`);
}

/** The header's bytes for tensors, the order in which their elements follow, and the size of it all. */
export function layOut(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> | undefined,
): { header: Uint8Array; order: string[]; size: number } {
  const described = [...tensors].map(([name, tensor]) => {
    if (name === metadataName) throw new TypeError(`safetensors: no tensor can have the name ${metadataName}`);
    return { name, shape: tensor.shape, ...formatOf(name, tensor.dtype) };
  });
  // Large elements first, so that each lies aligned.
  described.sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
  const fields: [string, unknown][] = [];
  if (metadata !== undefined) {
    for (const [name, value] of Object.entries(metadata)) {
      if (typeof value !== 'string') {
        throw new TypeError(`safetensors: metadata '${name}' must be a string, got ${describeValue(value)}`);
      }
    }
    fields.push([metadataName, metadata]);
  }
  let end = 0;
  for (const { name, format, shape, bytes } of described) {
    const begin = end;
    end += bytes * countOf(shape);
    fields.push([name, { dtype: format, shape, data_offsets: [begin, end] }]);
  }
  // Not from an object, whose keys such as '0' and '__proto__' would not stay what and where they are.
  const json = `{${fields.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
  const text = new TextEncoder().encode(json);
  const length = Math.ceil(text.length / 8) * 8;
  if (length > longestHeader)
    throw new RangeError(`safetensors: the header is ${length} bytes, more than the format has`);
  const header = new Uint8Array(8 + length).fill(0x20, 8);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(text, 8);
  return { header, order: described.map(({ name }) => name), size: header.length + end };
}

/**
 * Reads and checks the header: the entries cover what follows it exactly, without gaps and overlaps.
 *
 * @throws CheckpointError for anything else.
 */
export function readHeader(source: Source): Header {
  const { size } = source;
  if (size < 8) throw refuse(`the file ends within its first 8 bytes, it has ${size}`);
  const first = source.read(0, 8);
  const length = Number(new DataView(first.buffer, first.byteOffset, 8).getBigUint64(0, true));
  if (length > longestHeader) throw refuse(`the header would be ${length} bytes long; this is no safetensors file`);
  const dataStart = 8 + length;
  if (dataStart > size) throw refuse(`the file ends within its header of ${length} bytes`);
  const parsed = parse(source.read(8, length));
  const entries: Entry[] = [];
  let metadata = new Map<string, string>();
  for (const [name, value] of Object.entries(parsed)) {
    if (name === metadataName) metadata = readMetadata(value);
    else entries.push(readEntry(name, value));
  }
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== at) throw refuse(`'${name}' must begin at ${at}, got ${begin}: entries leave a gap or overlap`);
    at = end;
  }
  if (dataStart + at !== size) throw refuse(`the tensors need ${at} bytes, the file holds ${size - dataStart}`);
  return { entries, metadata, dataStart };
}

function parse(bytes: Uint8Array): object {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (error) {
    throw refuse(`the header is no JSON: ${(error as Error).message}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuse(`the header must be an object, got ${describeValue(value)}`);
  }
  if (!text.startsWith('{')) throw refuse('the header must begin with {');
  refuseTwins(text);
  return value;
}

/** Of two fields of a name, readers may choose either. */
function refuseTwins(json: string): void {
  const open: Set<string>[] = [];
  for (const [token, key] of json.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}]/g)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (key !== undefined) {
      const name = JSON.parse(token.slice(0, -key.length)) as string;
      const names = open.at(-1);
      if (names?.has(name)) throw refuse(`there are two fields '${name}'`);
      names?.add(name);
    }
  }
}

function readMetadata(value: unknown): Map<string, string> {
  const entries =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : undefined;
  if (entries === undefined || entries.some(([, text]) => typeof text !== 'string')) {
    throw refuse(`${metadataName} must be an object of strings`);
  }
  return new Map(entries as [string, string][]);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function readEntry(name: string, value: unknown): Entry {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  const known = dtypeOf(dtype);
  if (known === undefined) throw refuse(`'${name}' has the unknown dtype ${describeValue(dtype)}`);
  if (!Array.isArray(shape) || !shape.every(isCount)) {
    throw refuse(`'${name}' must have a shape of non-negative integers, got ${describeValue(shape)}`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw refuse(`'${name}' must have two data_offsets, got ${describeValue(offsets)}`);
  }
  const [begin, end] = offsets as [number, number];
  const needed = itemsizeOf(known) * countOf(shape);
  if (end - begin !== needed) {
    throw refuse(
      `'${name}' needs ${needed} bytes for ${dtype} [${shape.join(', ')}], its data_offsets hold ${end - begin}`,
    );
  }
  return { name, dtype: known, shape, begin, end };
}
