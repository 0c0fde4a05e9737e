/** Values to words of the frame and back, by schema type. */

import { Complex } from './complex.ts';
import { deviceCode, deviceName, layoutCode, layoutName, memoryFormatCode } from './device.ts';
import { dtypeCode, dtypeName, isFloatingDType } from './dtype.ts';
import { Generator } from './generator.ts';
import { native, readInteger, reserve, useFrame, words, writeInteger } from './native.ts';
import { kinds, type Slot } from './schema.ts';
import { Tensor, wrap } from './tensor.ts';

/** Returned by `encode` when the value does not fit the type, so that the next overload may be tried. */
export const mismatch = -1;

/** Strings of the call being encoded; their words number them. */
export const strings: string[] = [];

const doubleTag = 0;
const integerTag = 1;
const boolTag = 2;
const complexTag = 3;

function encodeScalar(value: unknown, at: number): number {
  switch (typeof value) {
    case 'number':
      // -0 has no integer.
      if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
        words[at] = integerTag;
        words[at + 1] = value;
      } else {
        words[at] = doubleTag;
        words[at + 1] = value;
      }
      return at + 2;
    case 'bigint':
      if (BigInt.asIntN(64, value) !== value) return mismatch;
      words[at] = integerTag;
      return writeInteger(at + 1, value);
    case 'boolean':
      words[at] = boolTag;
      words[at + 1] = value ? 1 : 0;
      return at + 2;
    default:
      break;
  }
  if (value instanceof Complex) {
    words[at] = complexTag;
    words[at + 1] = value.re;
    words[at + 2] = value.im;
    return at + 3;
  }
  if (value instanceof Tensor) {
    const number = numberOf(value, at, true);
    return number === undefined ? mismatch : encodeScalar(number, at);
  }
  return mismatch;
}

/** The number in a tensor without dimensions, as PyTorch takes one where it wants a number; else undefined. */
function numberOf(tensor: Tensor, at: number, mayBeFloat: boolean): number | bigint | boolean | Complex | undefined {
  // Asking a tensor anything writes to the frame.
  const before = words.slice(0, at);
  const usable = tensor.ndim === 0 && !tensor.requiresGrad && (mayBeFloat || !isFloatingDType(tensor.dtype));
  const number = usable ? item(tensor) : undefined;
  words.set(before);
  return number;
}

function encodeInteger(value: unknown, at: number): number {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) return mismatch;
    words[at] = value;
    return at + 1;
  }
  if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? writeInteger(at, value) : mismatch;
  if (value instanceof Tensor) {
    const number = numberOf(value, at, false);
    return typeof number === 'number' || typeof number === 'bigint' ? encodeInteger(number, at) : mismatch;
  }
  return mismatch;
}

function encodeList(slot: Slot, value: unknown, at: number): number {
  const element = slot.elements[0] as Slot;
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') {
    // `int[2]` takes one number for both.
    if (slot.size === 0) return mismatch;
    words[at] = slot.size;
    let next = at + 1;
    for (let i = 0; i < slot.size && next >= 0; i++) next = encode(element, value, next);
    return next;
  }
  if (!Array.isArray(value) && !(ArrayBuffer.isView(value) && !(value instanceof DataView))) return mismatch;
  const list = value as ArrayLike<unknown>;
  const length = list.length;
  reserve(at + 3 * length + 128);
  words[at] = length;
  let next = at + 1;
  for (let i = 0; i < length; i++) {
    next = encode(element, list[i], next);
    if (next < 0) return mismatch;
  }
  return next;
}

/** Writes a value at a position; returns the next position, or `mismatch`. */
export function encode(slot: Slot, value: unknown, at: number): number {
  const kind = slot.kind;
  if (kind === kinds.Tensor) {
    if (value instanceof Tensor) {
      words[at] = value.handle;
      return at + 1;
    }
    if (value !== null || !slot.nullable) return mismatch;
    words[at] = 0;
    return at + 1;
  }
  let next = at;
  if (slot.nullable && kind !== kinds.Generator) {
    words[next++] = value === null ? 0 : 1;
    if (value === null) return next;
  }
  switch (kind) {
    case kinds.Int:
      return encodeInteger(value, next);
    case kinds.Scalar:
    case kinds.Complex:
      return encodeScalar(value, next);
    case kinds.Bool:
      if (typeof value !== 'boolean') return mismatch;
      words[next] = value ? 1 : 0;
      return next + 1;
    case kinds.Float:
      if (typeof value === 'bigint') words[next] = Number(value);
      else if (typeof value === 'number') words[next] = value;
      else return mismatch;
      return next + 1;
    case kinds.List:
      return encodeList(slot, value, next);
    case kinds.String:
      if (typeof value !== 'string') return mismatch;
      words[next] = strings.push(value) - 1;
      return next + 1;
    case kinds.DType:
      return encodeCode(dtypeCode(value) ?? -1, next);
    case kinds.Layout:
      return encodeCode(layoutCode(value), next);
    case kinds.MemoryFormat:
      return encodeCode(memoryFormatCode(value), next);
    case kinds.Device: {
      const device = deviceCode(value);
      if (device === undefined) return mismatch;
      words[next] = device.type;
      words[next + 1] = device.index;
      return next + 2;
    }
    case kinds.Generator:
      if (value instanceof Generator) words[next] = value.handle;
      else if (value === null && slot.nullable) words[next] = 0;
      else return mismatch;
      return next + 1;
    default:
      return mismatch;
  }
}

function encodeCode(code: number, at: number): number {
  if (code < 0) return mismatch;
  words[at] = code;
  return at + 1;
}

/** Writes a number where a tensor is meant. */
export function encodeNumberAsTensor(value: unknown, at: number): number {
  words[at] = -1;
  return value instanceof Tensor ? mismatch : encodeScalar(value, at + 1);
}

/** Where `decode` reads next. */
let cursor = 0;

export function startDecoding(at = 0): void {
  cursor = at;
}

function decodeInteger(): number | bigint {
  const value = readInteger(cursor);
  cursor += typeof value === 'bigint' ? 2 : 1;
  return value;
}

/** Reads a Scalar at a position: bigint only beyond 2^53. */
export function decodeScalar(): number | bigint | boolean | Complex {
  const tag = words[cursor++];
  if (tag === integerTag) return decodeInteger();
  if (tag === complexTag) {
    cursor += 2;
    return new Complex(words[cursor - 2] as number, words[cursor - 1] as number);
  }
  const word = words[cursor++] as number;
  return tag === boolTag ? word !== 0 : word;
}

/**
 * Reads the value that native code wrote at the cursor; `texts` are the strings among the results. Wrapping a tensor may
 * write the frame's first word, which is read by then.
 */
export function decode(slot: Slot, texts: () => readonly string[]): unknown {
  if (slot.nullable && slot.kind !== kinds.Tensor && words[cursor++] === 0) return null;
  switch (slot.kind) {
    case kinds.Tensor: {
      const handle = words[cursor++] as number;
      return handle === 0 ? null : wrap(handle);
    }
    case kinds.Int:
      return decodeInteger();
    case kinds.Float:
      return words[cursor++];
    case kinds.Bool:
      return words[cursor++] !== 0;
    case kinds.Scalar:
    case kinds.Complex:
      return decodeScalar();
    case kinds.String:
      return texts()[words[cursor++] as number];
    case kinds.DType:
      return dtypeName(words[cursor++] as number);
    case kinds.Layout:
      return layoutName(words[cursor++] as number);
    case kinds.Device:
      cursor += 2;
      return deviceName(words[cursor - 2] as number, words[cursor - 1] as number);
    case kinds.List: {
      const length = words[cursor++] as number;
      return Array.from({ length }, () => decode(slot.elements[0] as Slot, texts));
    }
    case kinds.Dict: {
      const length = words[cursor++] as number;
      const [key, value] = slot.elements as readonly [Slot, Slot];
      return new Map(Array.from({ length }, () => [decode(key, texts), decode(value, texts)]));
    }
    case kinds.Tuple:
      return slot.elements.map((element) => decode(element, texts));
    default:
      throw new TypeError('the operator returns a value that has no JavaScript type');
  }
}

/** The value of a tensor with one element: a bigint for an int64 beyond 2^53. */
export function item(tensor: Tensor): number | bigint | boolean | Complex {
  words[0] = tensor.handle;
  useFrame(native.item());
  cursor = 0;
  return decodeScalar();
}
