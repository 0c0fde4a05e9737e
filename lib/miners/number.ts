import { describeValue } from '../errors.ts';

/** Checks a number that a constructor was given. */
export function expectNumber(where: string, name: string, value: unknown): void {
  if (typeof value !== 'number' || Number.isNaN(value)) {
    throw new TypeError(`${where}: ${name} must be a number, got ${describeValue(value)}`);
  }
}
