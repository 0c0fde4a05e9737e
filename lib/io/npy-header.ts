/** The header of a .npy file: which dtype, which order, which shape. */

import { type DType, isComplexDType } from '../dtype.ts';
import { CheckpointError, DTypeError } from '../errors.ts';
import type { Source } from './source.ts';
import { itemsizeOf } from './storage.ts';

export interface NpyHeader {
  readonly dtype: DType;
  readonly bigEndian: boolean;
  /** Whether the first index varies fastest. */
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  readonly dataStart: number;
}

/** NumPy's names of dtypes, without the byte order. */
const names: Readonly<Record<string, DType>> = {
  b1: 'bool',
  u1: 'uint8',
  i1: 'int8',
  u2: 'uint16',
  i2: 'int16',
  f2: 'float16',
  u4: 'uint32',
  i4: 'int32',
  f4: 'float32',
  u8: 'uint64',
  i8: 'int64',
  f8: 'float64',
  c8: 'complex64',
  c16: 'complex128',
};

const magic = Buffer.from('\x93NUMPY', 'latin1');
const alignment = 64;
// What NumPy reads without being asked twice.
const longestHeader = 10_000;

const dictionary =
  /^\{\s*'descr':\s*(.+?)\s*,\s*'fortran_order':\s*(True|False)\s*,\s*'shape':\s*\(([\d\s,L]*)\)\s*,?\s*\}\s*$/;

/** The header's bytes. @throws DTypeError for a dtype that NumPy lacks. */
export function writeNpyHeader(where: string, dtype: DType, fortranOrder: boolean, shape: readonly number[]): Buffer {
  const name = Object.entries(names).find(([, own]) => own === dtype)?.[0];
  if (name === undefined) throw new DTypeError(`${where}: NumPy has no dtype for ${dtype}`);
  const descr = itemsizeOf(dtype) === 1 ? `|${name}` : `<${name}`;
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const order = fortranOrder ? 'True' : 'False';
  const text = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${sizes}), }`;
  const start = magic.length + 4;
  const length = Math.ceil((start + text.length + 1) / alignment) * alignment - start;
  const header = Buffer.alloc(start + length, ' ');
  magic.copy(header);
  header.writeUInt16LE(0x0001, magic.length); // version 1.0
  header.writeUInt16LE(length, magic.length + 2);
  header.write(text, start, 'latin1');
  header.write('\n', header.length - 1);
  return header;
}

/** @throws CheckpointError if it is damaged, or of a dtype that hinge does not have. */
export function readNpyHeader(source: Source): NpyHeader {
  const refuse = (what: string) => new CheckpointError(`${source.name}: ${what}`);
  const start = Buffer.from(source.read(0, Math.min(source.size, magic.length + 6)));
  if (start.length < magic.length + 6 || !start.subarray(0, magic.length).equals(magic)) {
    throw refuse('is no .npy file');
  }
  const [major, minor] = [start[6] as number, start[7] as number];
  if (major < 1 || major > 3 || minor !== 0) throw refuse(`is of version ${major}.${minor}, which hinge does not read`);
  const length = major === 1 ? start.readUInt16LE(8) : start.readUInt32LE(8);
  const headerStart = major === 1 ? 10 : 12;
  if (length > longestHeader) throw refuse(`has a header of ${length} bytes, more than a plain array needs`);
  const text = Buffer.from(source.read(headerStart, length)).toString(major === 3 ? 'utf8' : 'latin1');
  const [, descr, order, sizes] = dictionary.exec(text) ?? [];
  if (descr === undefined || sizes === undefined) throw refuse('has a header that does not describe an array');
  return {
    ...readDescr(descr, refuse),
    fortranOrder: order === 'True',
    shape: readShape(sizes, refuse),
    dataStart: headerStart + length,
  };
}

function readDescr(descr: string, refuse: (what: string) => CheckpointError): { dtype: DType; bigEndian: boolean } {
  const [, order, name] = /^'([<>|=])([a-zA-Z]\d+)'$/.exec(descr) ?? [];
  const dtype = name !== undefined && Object.hasOwn(names, name) ? names[name] : undefined;
  if (dtype === undefined) throw refuse(`has elements of ${descr.slice(0, 100)}, which are not numbers that hinge has`);
  if (order === '|' && itemsizeOf(dtype) > 1) throw refuse(`does not say the byte order of ${descr}`);
  return { dtype, bigEndian: order === '>' && itemsizeOf(dtype) > 1 };
}

function readShape(sizes: string, refuse: (what: string) => CheckpointError): number[] {
  // Python 2 wrote `3L`, and one dimension ends with a comma.
  const parts = sizes.replace(/,\s*$/, '').split(',');
  if (parts.length === 1 && parts[0]?.trim() === '') return [];
  return parts.map((part) => {
    const size = /^\s*\d+L?\s*$/.test(part) ? Number(part.replace('L', '')) : Number.NaN;
    if (!Number.isSafeInteger(size)) throw refuse('has a shape that is no list of sizes');
    return size;
  });
}

/** How many bytes of an element are swapped together. */
export function swappedBytes(dtype: DType): number {
  return isComplexDType(dtype) ? itemsizeOf(dtype) / 2 : itemsizeOf(dtype);
}
