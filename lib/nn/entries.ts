/** Names with values, in the forms that dicts of modules and parameters take. */

import { describeValue } from '../errors.ts';

/** An object, a `Map`, or pairs of name and value. */
export type Entries<T> = Readonly<Record<string, T>> | Iterable<readonly [string, T]>;

/** Pairs of name and value. @throws TypeError for what has none. */
export function entriesOf<T>(where: string, entries: Entries<T>): [string, T][] {
  if (typeof entries !== 'object' || entries === null) {
    throw new TypeError(`${where}: expected an object, a Map or pairs, got ${describeValue(entries)}`);
  }
  if (!(Symbol.iterator in entries)) return Object.entries(entries);
  return [...(entries as Iterable<readonly [string, T]>)].map((pair, i) => {
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw new TypeError(`${where}: entry ${i} must be a pair of name and value, got ${describeValue(pair)}`);
    }
    return [pair[0], pair[1]] as [string, T];
  });
}
