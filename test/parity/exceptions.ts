/** Known differences from Python, each with its reason: few, and reported once they are gone. */

import { AssertionError, expect } from 'chai';

/** What may differ. */
export interface Exceptional {
  /** Matches the text of every failure that is expected: where, a colon, and what. */
  readonly failures: RegExp;
  readonly reason: string;
}

/** A difference: in which case, and what. */
export interface Failure {
  readonly where: string;
  readonly what: string;
}

const shown = 12;

/** Failures that tell the same but for numbers are told once, with their count. */
function report(failures: readonly Failure[]): string {
  const kinds = new Map<string, Failure[]>();
  for (const failure of failures) {
    const kind = failure.what.replace(/[\d.]+/g, '#').slice(0, 60);
    kinds.set(kind, [...(kinds.get(kind) ?? []), failure]);
  }
  const lines = [...kinds.values()].map((list) => {
    const [{ where, what }] = list as [Failure];
    return `${where}: ${what}${list.length > 1 ? `\n    and ${list.length - 1} more like it` : ''}`;
  });
  const rest = lines.length > shown ? `\n… and ${lines.length - shown} other kinds` : '';
  return `${failures.length} failures:\n${lines.slice(0, shown).join('\n')}${rest}`;
}

/** Fails for failures that no exception covers, and for an exception that covers none. */
export function expectExcept(exception: Exceptional | undefined, failures: readonly Failure[]): void {
  const covers = ({ where, what }: Failure) => exception?.failures.test(`${where}: ${what}`) === true;
  if (exception !== undefined && !failures.some(covers)) {
    throw new AssertionError(`the exception is stale, nothing fails any more: ${exception.reason}`);
  }
  const others = failures.filter((each) => !covers(each));
  if (others.length > 0) throw new AssertionError(report(others));
}

/** At most 2 % of the entries may be exceptions. */
export function expectFew(exceptions: Readonly<Record<string, Exceptional>>, entries: readonly string[]): void {
  expect(entries).to.include.members(Object.keys(exceptions));
  expect(Object.keys(exceptions).length / entries.length).to.be.at.most(0.02);
}

/** Fails unless a text, such as a printed form, is Python's, and shows both. */
export function expectSameText(actual: string, expected: unknown): void {
  if (actual !== expected) throw new AssertionError(`prints\n${actual}\nand Python\n${String(expected)}`);
}
