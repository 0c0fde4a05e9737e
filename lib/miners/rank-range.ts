/** Which of an anchor's candidates by rank. */

import { describeValue } from '../errors.ts';

/**
 * Ranks of hardness from the first to the last, both included; 1 is the hardest. `[3, 7]` takes five and skips the two
 * hardest, which wrong labels are often among.
 */
export type RankRange = readonly [first: number, last: number];

/** A range, where a number n means `[1, n]`. @throws RangeError for what is neither. */
export function expectRanks(where: string, ranks: number | RankRange): RankRange {
  const range = typeof ranks === 'number' ? [1, ranks] : ranks;
  const isRange = Array.isArray(range) && range.length === 2 && range.every(Number.isSafeInteger);
  if (!isRange || !(1 <= (range[0] as number) && (range[0] as number) <= (range[1] as number))) {
    throw new RangeError(`${where} must be a positive integer or [first, last], got ${describeValue(ranks)}`);
  }
  return range as unknown as RankRange;
}
