/** Sizes along spatial dimensions, such as kernels, strides and borders. */

import { describeValue } from '../errors.ts';

/** One number for all spatial dimensions, or one for each. */
export type SizeOf<T extends readonly number[]> = number | Readonly<T>;
/** A size along one dimension. */
export type Size1 = SizeOf<[length: number]>;
/** A size along two dimensions: one number for both, or `[height, width]`. */
export type Size2 = SizeOf<[height: number, width: number]>;
/** A size along three dimensions: one number for all, or `[depth, height, width]`. */
export type Size3 = SizeOf<[depth: number, height: number, width: number]>;

/** The spatial dimensions that a size counts. */
export type Dimensions = 1 | 2 | 3;

/**
 * Checks a size and returns it as it is, which is how many modules print it.
 * @throws TypeError for anything but an integer or `count` of them.
 */
export function expectSize<S extends number | readonly number[]>(where: string, value: S, count: number): S {
  const list: unknown = typeof value === 'number' ? [value] : value;
  const fits = Array.isArray(list) && (typeof value === 'number' || list.length === count);
  if (!fits || !list.every((each) => Number.isSafeInteger(each))) {
    const several = count === 1 ? 'an array of one' : `an array of ${count}`;
    throw new TypeError(`${where} must be an integer or ${several}, got ${describeValue(value)}`);
  }
  return value;
}

/** A size as one number for each dimension. @throws TypeError as `expectSize`. */
export function eachSize<T extends number[]>(where: string, value: SizeOf<T>, count: number): T {
  expectSize(where, value as number | readonly number[], count);
  return (typeof value === 'number' ? new Array<number>(count).fill(value) : [...value]) as T;
}
