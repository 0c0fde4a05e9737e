/** Checks of what constructors of losses are given, beyond numbers. */

import { describeValue } from '../errors.ts';

/** Checks an integer of at least `least`. */
export function expectInteger(where: string, name: string, value: unknown, least = 1): void {
  if (Number.isSafeInteger(value) && (value as number) >= least) return;
  const kind = least === 1 ? 'a positive integer' : `an integer of at least ${least}`;
  throw new RangeError(`${where}: ${name} must be ${kind}, got ${describeValue(value)}`);
}

/** Checks a number greater than 0. */
export function expectPositive(where: string, name: string, value: unknown): void {
  if (typeof value === 'number' && value > 0 && Number.isFinite(value)) return;
  throw new RangeError(`${where}: ${name} must be a positive number, got ${describeValue(value)}`);
}

/** Checks one of some strings. */
export function expectOneOf(where: string, name: string, value: unknown, choices: readonly unknown[]): void {
  if (choices.includes(value)) return;
  throw new RangeError(
    `${where}: ${name} must be one of ${choices.map(String).join(', ')}, got ${describeValue(value)}`,
  );
}
