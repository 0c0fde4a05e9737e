/** Tables of calls that must throw. */

import { expect } from 'chai';

/** A call, what it throws, and what the message says. */
export type Refusal = readonly [
  what: string,
  act: () => unknown,
  type: new (...values: never[]) => Error,
  message: string | RegExp,
];

/** A test for each row; to be called in a `describe`. */
export function refuse(rows: readonly Refusal[]): void {
  for (const [what, act, type, message] of rows) {
    it(`refuse ${what}`, () => {
      expect(act).to.throw(type, message);
    });
  }
}
