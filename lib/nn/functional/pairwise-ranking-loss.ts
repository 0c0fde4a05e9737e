/** Pairwise ranking loss. */

import { clamp, sub } from '../../generated/torch.ts';
import type { Tensor } from '../../tensor.ts';
import { expectNumber, readTrailing, type Trailing } from '../arguments.ts';
import { expectPower, type HingePower } from './hinge-loss.ts';
import { expectScores, expectShape } from './labels.ts';
import { type ReductionOption, reduce } from './reduction.ts';

export interface PairwiseRankingLossOptions extends ReductionOption {
  /** By how much the positive score shall exceed the negative one; 1 by default. */
  margin?: number;
  /** 1 by default; 2 squares each violation. */
  power?: HingePower;
}

/** @internal */
export const pairwiseRankingDefaults: Required<PairwiseRankingLossOptions> = { margin: 1, power: 1, reduction: 'mean' };

/** @internal The loss of options that were read. */
export function pairwiseRanking(
  where: string,
  positiveScores: Tensor,
  negativeScores: Tensor,
  { margin, power, reduction }: Required<PairwiseRankingLossOptions>,
): Tensor {
  const shape = expectScores(where, 'positiveScores', positiveScores);
  expectScores(where, 'negativeScores', negativeScores);
  expectShape(where, 'negativeScores', negativeScores, shape, 'positiveScores');
  const difference = sub(expectNumber(`${where}: margin`, margin), positiveScores).add(negativeScores);
  const violations = clamp(difference, { min: 0 });
  return reduce(where, expectPower(where, power) === 2 ? violations.pow(2) : violations, reduction);
}

/**
 * Ranking loss of pairs: `max(0, m - s⁺ + s⁻)^power`.
 *
 * @param positiveScores `s⁺`, of any shape: scores of the items that belong above.
 * @param negativeScores `s⁻`, of the same shape.
 * @returns a tensor without dimensions; with `reduction: 'none'` one value per pair.
 * @throws ShapeError if the shapes differ or are empty.
 */
export function pairwiseRankingLoss(
  positiveScores: Tensor,
  negativeScores: Tensor,
  ...rest: Trailing<[margin: number], PairwiseRankingLossOptions>
): Tensor {
  const options = readTrailing('pairwiseRankingLoss', ['margin'], rest, pairwiseRankingDefaults);
  return pairwiseRanking('pairwiseRankingLoss', positiveScores, negativeScores, options);
}
