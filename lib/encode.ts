/** Values to words of the frame, by schema type. */

import { Complex } from './complex.ts';
import { item } from './decode.ts';
import { deviceCode, layoutCode, memoryFormatCode } from './device.ts';
import { dtypeCode, isFloatingDType } from './dtype.ts';
import { Generator } from './generator.ts';
import { reserve, words, writeInteger } from './native.ts';
import { kinds, type Slot, scalarTags } from './schema.ts';
import { Tensor } from './tensor.ts';

/** Returned by `encode` when the value does not fit the type, so that the next overload may be tried. */
export const mismatch = -1;

/** Strings of the call being encoded; their words number them. */
export const strings: string[] = [];

function encodeScalar(value: unknown, at: number): number {
  switch (typeof value) {
    case 'number':
      // -0 has no integer.
      if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
        words[at] = scalarTags.integer;
        words[at + 1] = value;
      } else {
        words[at] = scalarTags.double;
        words[at + 1] = value;
      }
      return at + 2;
    case 'bigint':
      if (BigInt.asIntN(64, value) !== value) return mismatch;
      words[at] = scalarTags.integer;
      return writeInteger(at + 1, value);
    case 'boolean':
      words[at] = scalarTags.bool;
      words[at + 1] = value ? 1 : 0;
      return at + 2;
    default:
      break;
  }
  if (value instanceof Complex) {
    words[at] = scalarTags.complex;
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

/** A Map, or a plain object, whose keys are strings. */
function entriesOf(value: unknown): (readonly [unknown, unknown])[] | undefined {
  if (value instanceof Map) return [...value];
  if (typeof value !== 'object' || value === null) return undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? Object.entries(value) : undefined;
}

function encodeDict(key: Slot | undefined, element: Slot | undefined, value: unknown, at: number): number {
  const entries = entriesOf(value);
  if (entries === undefined) return mismatch;
  reserve(at + 3 * entries.length + 128);
  words[at] = entries.length;
  let next = at + 1;
  for (const [name, each] of entries) {
    next = key === undefined ? encodeAny(name, next) : encode(key, name, next);
    if (next >= 0) next = element === undefined ? encodeAny(each, next) : encode(element, each, next);
    if (next < 0) return mismatch;
  }
  return next;
}

function encodeTuple(slot: Slot, value: unknown, at: number): number {
  if (!Array.isArray(value) || value.length !== slot.elements.length) return mismatch;
  reserve(at + 3 * value.length + 128);
  let next = at;
  for (let i = 0; i < value.length && next >= 0; i++) next = encode(slot.elements[i] as Slot, value[i], next);
  return next;
}

const anyNumber: Slot = { kind: kinds.Float, nullable: false, size: 0, elements: [] };
const plainKinds: Readonly<Record<string, number>> = {
  bigint: kinds.Int,
  boolean: kinds.Bool,
  string: kinds.String,
};

/**
 * Writes a value that says what it is: a tensor, number, boolean, string, null, and arrays (as tuples), Maps and plain
 * objects of these. An integral number is an integer.
 */
export function encodeAny(value: unknown, at: number): number {
  reserve(at + 128);
  const put = (kind: number) => {
    words[at] = kind;
    return at + 1;
  };
  if (value === null) return put(kinds.Optional);
  if (value instanceof Tensor) {
    words[put(kinds.Tensor)] = value.handle;
    return at + 2;
  }
  if (value instanceof Complex) return encodeScalar(value, put(kinds.Complex));
  if (Array.isArray(value)) {
    words[put(kinds.Tuple)] = value.length;
    let next = at + 2;
    for (const each of value) {
      next = encodeAny(each, next);
      if (next < 0) return mismatch;
    }
    return next;
  }
  const kind = typeof value === 'number' && Number.isSafeInteger(value) ? kinds.Int : plainKinds[typeof value];
  if (kind !== undefined) return encode({ ...anyNumber, kind }, value, put(kind));
  if (typeof value === 'number') return encode(anyNumber, value, put(kinds.Float));
  return encodeDict(undefined, undefined, value, put(kinds.Dict));
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
    case kinds.Dict:
      return encodeDict(slot.elements[0], slot.elements[1], value, next);
    case kinds.Tuple:
      return encodeTuple(slot, value, next);
    case kinds.Any:
      return encodeAny(value, next);
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
