/**
 * How constructors and functions take optional arguments: by position in PyTorch's order, then at most one options
 * object that may name any of the rest.
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
