/** Hinge loss over every pair of a list whose relevances differ. */

import type { Tensor } from '../../tensor.ts';
import { readTrailing, type Trailing } from '../arguments.ts';
import type { HingePower } from './hinge-loss.ts';
import type { ValidateOption } from './labels.ts';
import { type PairAverage, reducePairs } from './pair-average.ts';
import { gradedPairs } from './pair-problem.ts';
import type { ReductionOption } from './reduction.ts';

export interface ListwiseHingeLossOptions extends ReductionOption, ValidateOption {
  /** By how much an item shall score above one of less relevance; 1 by default. */
  margin?: number;
  /** 1 by default; 2 squares each violation. */
  power?: HingePower;
  /** What a mean is over; `'groups'` by default, so that long lists do not outweigh short ones. */
  average?: PairAverage;
  /** int64 `[N]`: only items of one group, such as a query, make pairs. */
  groups?: Tensor | null;
}

/** @internal */
export const listwiseHingeDefaults: Required<ListwiseHingeLossOptions> = {
  margin: 1,
  power: 1,
  average: 'groups',
  groups: null,
  reduction: 'mean',
  validate: true,
};

/** @internal The loss of options that were read. */
export function listwiseHinge(
  where: string,
  scores: Tensor,
  relevances: Tensor,
  options: Required<ListwiseHingeLossOptions>,
): Tensor {
  return reducePairs(where, gradedPairs(where, scores, relevances, options), options.reduction, options.average);
}

/**
 * Hinge loss of ranked lists (RankSVM): `Σ max(0, m - s_i + s_j)^power` over the pairs of a list with `r_i > r_j`. In
 * O(N log N log L) time for L grades, and O(N) memory, with float64 sums and the exact gradient, once differentiable.
 *
 * @param scores `s`, `[N]`; or `[Q, L]`, whose rows are lists.
 * @param relevances `r`, of the same shape and any real dtype: grades, of which the greater belongs above.
 * @returns a tensor without dimensions, 0 where there are no pairs; with `reduction: 'none'` the sum of each list, `[G]`, by
 * ascending id.
 * @throws ShapeError if shapes differ, RangeError for a relevance that is NaN.
 * @example
 * const loss = torch.nn.functional.listwiseHingeLoss(scores, grades, { groups: queries });
 */
export function listwiseHingeLoss(
  scores: Tensor,
  relevances: Tensor,
  ...rest: Trailing<[margin: number], ListwiseHingeLossOptions>
): Tensor {
  const options = readTrailing('listwiseHingeLoss', ['margin'], rest, listwiseHingeDefaults);
  return listwiseHinge('listwiseHingeLoss', scores, relevances, options);
}
