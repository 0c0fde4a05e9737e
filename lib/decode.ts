/** Words of the frame to values, by schema type. */

import { Complex } from './complex.ts';
import { deviceName, layoutName } from './device.ts';
import { dtypeName } from './dtype.ts';
import { native, readInteger, useFrame, words } from './native.ts';
import { kinds, type Slot, scalarTags } from './schema.ts';
import { type Tensor, wrap } from './tensor.ts';

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
  if (tag === scalarTags.integer) return decodeInteger();
  if (tag === scalarTags.complex) {
    cursor += 2;
    return new Complex(words[cursor - 2] as number, words[cursor - 1] as number);
  }
  const word = words[cursor++] as number;
  return tag === scalarTags.bool ? word !== 0 : word;
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
    case kinds.Any:
      return decodeAny(texts);
    default:
      throw new TypeError('the operator returns a value that has no JavaScript type');
  }
}

const oneElement: Slot = { kind: kinds.Any, nullable: false, size: 0, elements: [] };

/** Reads a value that says what it is, at the cursor. */
export function decodeAny(texts: () => readonly string[]): unknown {
  const kind = words[cursor++] as number;
  switch (kind) {
    case kinds.Optional:
      return null;
    case kinds.Tuple: {
      const length = words[cursor++] as number;
      return Array.from({ length }, () => decodeAny(texts));
    }
    case kinds.Dict:
      return decode({ ...oneElement, kind, elements: [oneElement, oneElement] }, texts);
    default:
      return decode({ ...oneElement, kind }, texts);
  }
}

/** The value of a tensor with one element: a bigint for an int64 beyond 2^53. */
export function item(tensor: Tensor): number | bigint | boolean | Complex {
  words[0] = tensor.handle;
  useFrame(native.item());
  cursor = 0;
  return decodeScalar();
}
