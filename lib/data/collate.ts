/** Samples to batches. */

import { asTensor, type TypedArray, tensor } from '../creation.ts';
import { describeValue, ShapeError } from '../errors.ts';
import { stack } from '../generated/torch.ts';
import { scope } from '../scope.ts';
import { Tensor } from '../tensor.ts';

/** What `defaultCollate` makes of samples of type `T`. */
export type Collated<T> = T extends Tensor | TypedArray | number | bigint | boolean
  ? Tensor
  : T extends string
    ? string[]
    : T extends ReadonlyMap<infer K, infer V>
      ? Map<K, Collated<V>>
      : T extends object
        ? { -readonly [K in keyof T]: Collated<T[K]> }
        : never;

/** What `defaultConvert` makes of a sample of type `T`. */
export type Converted<T> = T extends TypedArray
  ? Tensor
  : T extends Tensor | string | number | bigint | boolean | null | undefined
    ? T
    : T extends ReadonlyMap<infer K, infer V>
      ? Map<K, Converted<V>>
      : T extends object
        ? { -readonly [K in keyof T]: Converted<T[K]> }
        : T;

/** True for objects without a class of their own. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isTypedArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/**
 * Puts samples together along a new first dimension (`torch.utils.data.default_collate`): tensors and typed arrays are
 * stacked; numbers become float64, as Python's floats do, bigints int64 and booleans bool; strings stay an array of
 * strings; arrays, plain objects and Maps are put together element by element.
 *
 * @throws ShapeError if tensors or arrays differ in size, TypeError for anything else.
 * @example
 * defaultCollate([[torch.ones([3]), 1n], [torch.zeros([3]), 0n]]); // [Tensor [2, 3], int64 Tensor [2]]
 */
export function defaultCollate<T>(batch: readonly T[]): Collated<T> {
  if (!Array.isArray(batch)) throw new TypeError(`defaultCollate: batch must be an array, got ${describeValue(batch)}`);
  if (batch.length === 0) throw new RangeError('defaultCollate: batch must not be empty');
  return collate(batch) as Collated<T>;
}

function collate(batch: readonly unknown[]): unknown {
  const first = batch[0];
  if (first instanceof Tensor) return collateTensors(batch as readonly Tensor[]);
  if (isTypedArray(first)) {
    return scope(() => collateTensors(batch.map((each) => asTensor(expectLike(each, isTypedArray, first)))));
  }
  switch (typeof first) {
    case 'number':
      return tensor(batch.map(expectNumeric), { dtype: 'float64' });
    case 'bigint':
    case 'boolean':
      return tensor(batch.map(expectNumeric));
    case 'string':
      return [...batch];
    default:
      break;
  }
  if (Array.isArray(first)) {
    const rows = batch.map((each) => expectLike(each, Array.isArray as (value: unknown) => value is unknown[], first));
    const odd = rows.find((row) => row.length !== first.length);
    if (odd !== undefined) {
      throw new ShapeError(
        `defaultCollate: arrays in a batch must have the same length, got ${first.length} and ${odd.length}`,
      );
    }
    return first.map((_, i) => collate(rows.map((row) => row[i])));
  }
  if (first instanceof Map) {
    const maps = batch.map((each) => expectLike(each, (value) => value instanceof Map, first));
    return new Map([...first.keys()].map((key) => [key, collate(maps.map((each) => valueAt(each, key)))]));
  }
  if (isPlainObject(first)) {
    const maps = batch.map((each) => new Map(Object.entries(expectLike(each, isPlainObject, first))));
    return Object.fromEntries(Object.keys(first).map((key) => [key, collate(maps.map((each) => valueAt(each, key)))]));
  }
  throw new TypeError(
    `defaultCollate: a batch must hold tensors, typed arrays, numbers, bigints, booleans, strings, arrays, plain objects or Maps, got ${describeValue(first)}`,
  );
}

function collateTensors(batch: readonly Tensor[]): Tensor {
  const first = batch[0] as Tensor;
  if (first.layout !== 'strided') {
    throw new TypeError('defaultCollate: sparse tensors cannot be stacked; pass a collateFn of your own');
  }
  for (const each of batch) expectLike(each, (value) => value instanceof Tensor, first);
  const odd = batch.find((each) => String(each.shape) !== String(first.shape));
  if (odd !== undefined) {
    throw new ShapeError(
      `defaultCollate: tensors in a batch must have the same shape, got [${first.shape.join(', ')}] and [${odd.shape.join(', ')}]`,
    );
  }
  return stack(batch);
}

function expectLike<T>(value: unknown, isLike: (value: unknown) => value is T, first: unknown): T {
  if (isLike(value)) return value;
  throw new TypeError(
    `defaultCollate: samples of a batch must be alike, got ${describeValue(first)} and ${describeValue(value)}`,
  );
}

function expectNumeric(value: unknown): number | bigint | boolean {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return value;
  throw new TypeError(`defaultCollate: samples of a batch must be alike, got a number and ${describeValue(value)}`);
}

function valueAt(map: ReadonlyMap<unknown, unknown>, key: unknown): unknown {
  if (map.has(key)) return map.get(key);
  throw new RangeError(`defaultCollate: a sample has no ${describeValue(key)}, which the first of the batch has`);
}

/**
 * A single sample as tensors, where no batches are made (`torch.utils.data.default_convert`): typed arrays become
 * tensors, also in arrays, plain objects and Maps; everything else stays as it is.
 */
export function defaultConvert<T>(data: T): Converted<T> {
  return convert(data) as Converted<T>;
}

function convert(data: unknown): unknown {
  if (isTypedArray(data)) return asTensor(data);
  if (Array.isArray(data)) return data.map(convert);
  if (data instanceof Map) return new Map([...data].map(([key, value]) => [key, convert(value)]));
  if (isPlainObject(data)) return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, convert(value)]));
  return data;
}
