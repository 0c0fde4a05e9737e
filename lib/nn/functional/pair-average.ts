/** How sums over the pairs of each group become one number. */

import { describeValue } from '../../errors.ts';
import type { Tensor } from '../../tensor.ts';
import { countPairs, pairHinge, totalPairs } from './pair-hinge.ts';
import type { ScoredPairs } from './pair-problem.ts';
import { type Reduction, reductionCode } from './reduction.ts';

/**
 * What a mean is over: all pairs; groups that have pairs, each by the mean over its own; or the pairs that violate the
 * margin.
 */
export type PairAverage = 'pairs' | 'groups' | 'violations';

const averages: readonly PairAverage[] = ['pairs', 'groups', 'violations'];

/** @internal */
export function expectAverage(where: string, average: PairAverage): PairAverage {
  if (averages.includes(average)) return average;
  throw new RangeError(`${where}: average must be 'pairs', 'groups' or 'violations', got ${describeValue(average)}`);
}

/** @internal The loss over pairs: `[G]` sums for `'none'`, otherwise one number; 0, with gradient 0, without pairs. */
export function reducePairs(
  where: string,
  { scores, problem }: ScoredPairs,
  reduction: Reduction,
  average: PairAverage,
): Tensor {
  reductionCode(where, reduction);
  expectAverage(where, average);
  const sums = pairHinge(scores, problem);
  if (reduction === 'none') return sums;
  if (reduction === 'sum') return sums.sum();
  if (average === 'violations') {
    return sums.sum().div(Math.max(1, countPairs(scores, problem).active.sum().item() as number));
  }
  const pairs = totalPairs(problem);
  if (average === 'pairs') return sums.sum().div(Math.max(1, pairs.sum().item() as number));
  const filled = Math.max(1, pairs.gt(0).sum().item() as number);
  return sums.div(pairs.clampMin(1).to(sums.dtype)).sum().div(filled);
}
