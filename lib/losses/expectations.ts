/** Checks of what the constructors of losses are given. */

import type { Distance } from '../distances/distance.ts';
import { DotProductSimilarity } from '../distances/dot-product-similarity.ts';
import { describeValue } from '../errors.ts';
import { expectNumber } from './metric-loss.ts';

/** Checks that each option is a number: `expectNumbers('CircleLoss', { m, gamma })`. */
export function expectNumbers(where: string, options: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(options)) expectNumber(where, name, value);
}

/** Checks that each option is a number greater than 0. */
export function expectPositive(where: string, options: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(options)) {
    expectNumber(where, name, value);
    if (!((value as number) > 0)) throw new RangeError(`${where}: ${name} must be greater than 0, got ${value}`);
  }
}

/** Checks the distance of a loss whose formula is of cosines. */
export function expectCosine(where: string, distance: Distance): void {
  const isCosine = distance instanceof DotProductSimilarity && distance.normalizeEmbeddings && distance.p === 2;
  if (isCosine) return;
  throw new TypeError(`${where}: distance must be a CosineSimilarity, got ${describeValue(distance)}`);
}
