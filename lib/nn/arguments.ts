/** Arguments that constructors and functions of `nn` share: sizes and numbers, checked. */

import { describeValue } from '../errors.ts';

export { expectCount, readTrailing, type Trailing } from '../arguments.ts';

/** A real number such as a margin, checked. */
export function expectNumber(where: string, value: number): number {
  if (typeof value !== 'number' || Number.isNaN(value)) {
    throw new TypeError(`${where} must be a number, got ${describeValue(value)}`);
  }
  return value;
}
