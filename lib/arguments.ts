/**
 * How constructors and functions take optional arguments: by position in PyTorch's order, then at most one options
 * object that may name any of the rest; and the checks of what they are given, named as in `ArcFaceLoss: margin`.
 */

import { describeValue } from './errors.ts';

/**
 * The optional arguments `P` of which any number may be given by position, followed by options `O`: for
 * `[stride: Size2, padding: Size2]` these are `(options?)`, `(stride, options?)` and `(stride, padding, options?)`.
 */
export type Trailing<P extends readonly unknown[], O> =
  | [...P, options?: O]
  | (P extends readonly [...infer Init, unknown] ? Trailing<Init, O> : never);

function isOptions(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * Trailing arguments by name. `names` are the positional ones in order; `defaults` holds every option there is.
 *
 * @throws TypeError for an option that does not exist, one given twice, and too many arguments.
 */
export function readTrailing<O extends object>(
  where: string,
  names: readonly (keyof O & string)[],
  values: readonly unknown[],
  defaults: O,
): O {
  const last = values.length - 1;
  const options = isOptions(values[last]) ? (values[last] as Record<string, unknown>) : undefined;
  const count = options === undefined ? values.length : last;
  const result = { ...defaults } as Record<string, unknown>;
  for (let i = 0; i < count; i++) {
    const name = names[i];
    if (name === undefined) throw new TypeError(`${where}: too many arguments, got ${describeValue(values[i])}`);
    if (values[i] !== undefined) result[name] = values[i];
  }
  for (const name in options) {
    const position = names.indexOf(name as keyof O & string);
    if (!Object.hasOwn(defaults, name)) {
      throw new TypeError(`${where}: there is no option ${name}; options are ${Object.keys(defaults).join(', ')}`);
    }
    if (position >= 0 && position < count) throw new TypeError(`${where}: ${name} is given twice`);
    if (options[name] !== undefined) result[name] = options[name];
  }
  return result as O;
}

/** A count such as a number of features, checked. */
export function expectCount(where: string, value: number, least = 0): number {
  if (!Number.isSafeInteger(value)) throw new TypeError(`${where} must be an integer, got ${describeValue(value)}`);
  if (value < least) throw new RangeError(`${where} must be at least ${least}, got ${value}`);
  return value;
}

/** An integer of at least `least`, checked. */
export function expectInteger(where: string, value: unknown, least = 1): number {
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
  const kind = least === 1 ? 'a positive integer' : `an integer of at least ${least}`;
  const Wrong = typeof value === 'number' ? RangeError : TypeError;
  throw new Wrong(`${where} must be ${kind}, got ${describeValue(value)}`);
}

/** A real number such as a margin, checked. */
export function expectNumber(where: string, value: unknown): number {
  if (typeof value === 'number' && !Number.isNaN(value)) return value;
  throw new TypeError(`${where} must be a number, got ${describeValue(value)}`);
}

/** A finite number greater than 0 such as a temperature, checked. */
export function expectPositive(where: string, value: unknown): number {
  const number = expectNumber(where, value);
  if (number > 0 && number < Number.POSITIVE_INFINITY) return number;
  throw new RangeError(`${where} must be a positive number, got ${number}`);
}

/** One of some words or numbers, checked. */
export function expectOneOf<T extends string | number | null>(where: string, value: unknown, words: readonly T[]): T {
  if (words.includes(value as T)) return value as T;
  throw new RangeError(`${where} must be one of ${words.map(String).join(', ')}, got ${describeValue(value)}`);
}

/** True or false, checked. */
export function expectBoolean(where: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new TypeError(`${where} must be a boolean, got ${describeValue(value)}`);
}
