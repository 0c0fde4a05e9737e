/** Hinge loss over every pair of a positive and a negative. */

import type { Tensor } from '../../tensor.ts';
import { readTrailing, type Trailing } from '../arguments.ts';
import type { BinaryLabelsOption } from './binary-labels.ts';
import type { HingePower } from './hinge-loss.ts';
import type { ValidateOption } from './labels.ts';
import { type PairAverage, reducePairs } from './pair-average.ts';
import { countPairs } from './pair-hinge.ts';
import { binaryPairs, gradedPairs } from './pair-problem.ts';
import type { ReductionOption } from './reduction.ts';

export interface AllPairsHingeLossOptions extends ReductionOption, ValidateOption, BinaryLabelsOption {
  /** By how much each positive shall score above each negative; 1 by default. */
  margin?: number;
  /** 1 by default; 2 squares each violation. */
  power?: HingePower;
  /** What a mean is over; `'pairs'` by default. */
  average?: PairAverage;
  /** int64 `[N]`: only items of one group, such as a query, make pairs. */
  groups?: Tensor | null;
}

/** @internal */
export const allPairsHingeDefaults: Required<AllPairsHingeLossOptions> = {
  margin: 1,
  power: 1,
  average: 'pairs',
  groups: null,
  labels: 'auto',
  reduction: 'mean',
  validate: true,
};

/** @internal The loss of options that were read. */
export function allPairsHinge(
  where: string,
  scores: Tensor,
  targets: Tensor,
  options: Required<AllPairsHingeLossOptions>,
): Tensor {
  return reducePairs(where, binaryPairs(where, scores, targets, options), options.reduction, options.average);
}

/**
 * Hinge loss over all pairs: `Σ_{i positive, j negative} max(0, m - s_i + s_j)^power`, a bound of 1 - AUC. By sorting and
 * running sums, in O(N log N) time and O(N) memory, with float64 sums and the exact gradient, once differentiable
 * (Joachims 2006; Rust and Hocking 2023). At the kink the gradient is the active one, as `pairwiseRankingLoss`'s.
 *
 * @param scores `s`, `[N]`; or `[Q, L]`, whose rows are groups.
 * @param targets of the same shape: 0 and 1, a bool, or -1 and +1.
 * @returns a tensor without dimensions, 0 where there are no pairs; with `reduction: 'none'` the sum of each group, `[G]`, by
 * ascending id.
 * @throws ShapeError if shapes differ, RangeError for labels of more than two classes.
 * @example
 * const loss = torch.nn.functional.allPairsHingeLoss(scores, clicked, { groups: queries, average: 'groups' });
 */
export function allPairsHingeLoss(
  scores: Tensor,
  targets: Tensor,
  ...rest: Trailing<[margin: number], AllPairsHingeLossOptions>
): Tensor {
  const options = readTrailing('allPairsHingeLoss', ['margin'], rest, allPairsHingeDefaults);
  return allPairsHinge('allPairsHingeLoss', scores, targets, options);
}

/** How many pairs scores make, and of which kind. */
export interface RankedPairCounts {
  /** Pairs of one group with different relevances. */
  readonly total: number;
  /** Those whose hinge is greater than 0. */
  readonly active: number;
  /** Those in wrong order, or tied. */
  readonly hard: number;
  /** Those that score the same. */
  readonly tied: number;
}

/**
 * Counts the pairs that the ranking losses are over, in O(N log N) and exactly. The AUC is
 * `1 - (hard - tied / 2) / total`.
 *
 * @param relevances of the shape of the scores: 0 and 1, -1 and +1, or grades, of which the greater belongs above.
 */
export function countRankedPairs(
  scores: Tensor,
  relevances: Tensor,
  { margin = 1, groups = null }: { margin?: number; groups?: Tensor | null } = {},
): RankedPairCounts {
  const options = { margin, groups, power: 1, validate: true } as const;
  const { scores: flat, problem } = gradedPairs('countRankedPairs', scores, relevances, options);
  const { total, active, hard, tied } = countPairs(flat, problem);
  const sum = (counts: Tensor) => counts.sum().item() as number;
  return { total: sum(total), active: sum(active), hard: sum(hard), tied: sum(tied) };
}
