/** Arguments that constructors and functions of `nn` share: sizes and numbers, checked. */

import { describeValue } from '../errors.ts';

export { expectCount, readTrailing, type Trailing } from '../arguments.ts';

/** A size along both spatial dimensions: one number for both, or `[height, width]`. */
export type Size2 = number | readonly [number, number];

/** A size as a pair. */
export function pair(where: string, value: Size2): [number, number] {
  const both = typeof value === 'number' ? [value, value] : value;
  if (!Array.isArray(both) || both.length !== 2 || !both.every((each) => Number.isSafeInteger(each))) {
    throw new TypeError(`${where} must be an integer or a pair of them, got ${describeValue(value)}`);
  }
  return [both[0] as number, both[1] as number];
}

/** A real number such as a margin, checked. */
export function expectNumber(where: string, value: number): number {
  if (typeof value !== 'number' || Number.isNaN(value)) {
    throw new TypeError(`${where} must be a number, got ${describeValue(value)}`);
  }
  return value;
}
