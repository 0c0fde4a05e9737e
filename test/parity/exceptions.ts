/** Known differences from Python, each with its reason: few, and reported once they are gone. */

import { AssertionError, expect } from 'chai';

/** What may differ. */
export interface Exceptional {
  /** Matches the message of every failure that is expected. */
  readonly failures: RegExp;
  readonly reason: string;
}

const shown = 8;

/** Fails for failures that no exception covers, and for an exception that covers none. */
export function expectExcept(exception: Exceptional | undefined, failures: readonly string[]): void {
  const covered = failures.filter((each) => exception?.failures.test(each) === true);
  if (exception !== undefined && covered.length === 0) {
    throw new AssertionError(`the exception is stale, nothing fails any more: ${exception.reason}`);
  }
  const others = failures.filter((each) => !covered.includes(each));
  if (others.length === 0) return;
  const rest = others.length > shown ? `\n… and ${others.length - shown} more` : '';
  throw new AssertionError(`${others.length} failures:\n${others.slice(0, shown).join('\n')}${rest}`);
}

/** At most 2 % of the entries may be exceptions. */
export function expectFew(exceptions: Readonly<Record<string, Exceptional>>, entries: readonly string[]): void {
  expect(entries).to.include.members(Object.keys(exceptions));
  expect(Object.keys(exceptions).length / entries.length).to.be.at.most(0.02);
}
