/** Python's values that JavaScript has no like of, so that they survive the way there and back. */

import type { DeviceLike, Layout } from '../device.ts';
import type { DType } from '../dtype.ts';

/** A Python tuple; lists are plain arrays. Made by `Tuple.of(1, 2)`. */
export class Tuple<T = unknown> extends Array<T> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }
}

/** A `torch.Size`. */
export class Size extends Tuple<number> {}

/** A tuple of any number of values, one number included, which `new Tuple` would take for its length. */
export function tupleOf<T extends Tuple>(values: readonly unknown[], type: new () => T): T {
  const tuple = new type();
  for (const value of values) tuple.push(value);
  return tuple;
}

/**
 * A Python dict that no plain object can stand for: with keys that are no strings, or strings that look like numbers. A
 * `Map` is an `OrderedDict`.
 */
export class Dict<K = unknown, V = unknown> extends Map<K, V> {}

/** A Python bytearray; a plain `Uint8Array` is bytes. */
export class ByteArray extends Uint8Array {}

/** A `torch.dtype` as a value of its own: hinge's dtypes are strings. */
export class DTypeValue {
  readonly dtype: DType;

  constructor(dtype: DType) {
    this.dtype = dtype;
  }
}

/** A `torch.device` as a value of its own: hinge's devices are strings. */
export class DeviceValue {
  readonly device: DeviceLike;

  constructor(device: DeviceLike) {
    this.device = device;
  }
}

/** A `torch.layout` as a value of its own: hinge's layouts are strings. */
export class LayoutValue {
  readonly layout: Layout;

  constructor(layout: Layout) {
    this.layout = layout;
  }
}

/** A `torch.qscheme`, such as `per_tensor_affine`. */
export class QuantizationScheme {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

const indexLike = /^(0|[1-9]\d{0,8})$/;

/** True for keys such as `7`, which JavaScript sorts by number and does not tell from the number. */
function isIndexLike(key: string): boolean {
  return indexLike.test(key);
}

/**
 * A Python dict as JavaScript has it: a plain object for string keys, or for small integers that ascend, such as the
 * `state` of an optimizer; else a `Dict`.
 */
export function fromDict(entries: ReadonlyMap<unknown, unknown>): Record<string, unknown> | Dict {
  const keys = [...entries.keys()];
  const strings = keys.every((key) => typeof key === 'string' && !isIndexLike(key));
  const integers = keys.every(
    (key, i) => typeof key === 'number' && isIndexLike(String(key)) && (i === 0 || key > (keys[i - 1] as number)),
  );
  // Own properties all of them, `__proto__` too.
  return strings || integers ? (Object.fromEntries(entries) as Record<string, unknown>) : new Dict(entries);
}

/** The entries of a plain object as Python's: keys that all are small integers are ints. */
export function toDict(value: Readonly<Record<string, unknown>>): [string | number, unknown][] {
  const entries = Object.entries(value);
  const integers = entries.length > 0 && entries.every(([key]) => isIndexLike(key));
  return integers ? entries.map(([key, each]) => [Number(key), each]) : entries;
}
