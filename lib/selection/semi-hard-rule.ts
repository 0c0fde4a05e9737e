/** The published meanings of "semi-hard", chosen among distances `[R, M]`, M > 0, of some rows; small is near. */

import { arange, searchsorted, zeros } from '../generated/torch.ts';
import type { PairMasks } from '../relation.ts';
import type { Tensor } from '../tensor.ts';
import type { Triplets } from '../triplets.ts';
import { batchEasyHard } from './batch-easy-hard.ts';
import { farthestOf, nearestOf } from './easy-hard.ts';
import { largestOf } from './hardest-first.ts';
import { marginTriplets } from './margin-triplets.ts';

/**
 * Five rules go by the name of "semi-hard":
 *
 * - `'tfa'`: for each pair of an anchor and a positive, the nearest negative that is farther than the positive, however
 *   far; where there is none, the farthest negative. One triplet a pair. TensorFlow Addons' `TripletSemiHardLoss`,
 *   sentence-transformers' `BatchSemiHardTripletLoss`.
 * - `'pml'`: all triplets with `0 < d(a, n) - d(a, p) <= margin`, as FaceNet (Schroff et al. 2015) describes them.
 *   pytorch-metric-learning's `TripletMarginMiner` with `semihard`.
 * - `'pml-easy-hard'`: for each anchor its nearest positive, and the nearest negative that is farther; an anchor
 *   without such a negative is left out. pytorch-metric-learning's `BatchEasyHardMiner` as it is by default.
 * - `'tf-similarity'`: for each anchor its farthest positive, and the nearest negative that is farther; where there is
 *   none, the farthest negative. TensorFlow Similarity's `TripletLoss` with `semi-hard`.
 * - `'quaterion'`: every pair of one class against every pair of two classes, of whatever anchor, with
 *   `d+ < d- < d+ + margin`; a row with itself is a pair of one class. Gives the pairs that are in any such combination, as those are
 *   what Quaterion's `TripletLoss` with `semi_hard` has a gradient for.
 */
export type SemiHardRule = 'tfa' | 'pml' | 'pml-easy-hard' | 'tf-similarity' | 'quaterion';

export const semiHardRules: readonly SemiHardRule[] = ['tfa', 'pml', 'pml-easy-hard', 'tf-similarity', 'quaterion'];

/** By sorting each row's negatives and a search for each positive. NaN of a negative counts as near. */
function nearestBeyondEach(distances: Tensor, { positives, negatives }: PairMasks): Triplets {
  const largest = largestOf(distances);
  const finite = distances.nanToNum(-largest, largest, -largest);
  const [sorted, order] = finite
    .maskedFill(negatives.logicalNot(), Number.POSITIVE_INFINITY)
    .sort({ stable: true, dim: 1, descending: false });
  const count = negatives.sum(1);
  const [anchor, positive] = positives.logicalAnd(count.gt(0).unsqueeze(1)).nonzero().unbind(1) as [Tensor, Tensor];
  if (anchor.numel() === 0) return { anchor, positive, negative: positive.clone() };
  // The positives of each row side by side, as they are few: `at` is which of its row's one is.
  const perRow = anchor.bincount({ minlength: distances.shape[0] as number });
  const begins = perRow.cumsum(0).sub_(perRow);
  const at = arange(anchor.numel(), { device: anchor.device }).sub_(begins.index([anchor]));
  const most = perRow.max().item() as number;
  const limits = zeros([distances.shape[0] as number, most], { dtype: distances.dtype, device: distances.device });
  // A NaN positive has no negative beyond it.
  limits.indexPut_([anchor, at], distances.index([anchor, positive]).nanToNum(largest, largest, -largest));
  const farther = searchsorted(sorted, limits, { right: true }).index([anchor, at]);
  const rank = farther.minimum(count.index([anchor]).sub(1));
  return { anchor, positive, negative: order.index([anchor, rank]) };
}

function nearestBeyondNearest(distances: Tensor, masks: PairMasks): Triplets {
  const rule = { posStrategy: 'easy', negStrategy: 'semihard', posRange: null, negRange: null } as const;
  const { positiveAnchor: anchor, positive, negative } = batchEasyHard(distances, masks, rule);
  return { anchor, positive, negative };
}

function nearestBeyondFarthest(distances: Tensor, { positives, negatives }: PairMasks): Triplets {
  const hardest = farthestOf(distances, positives);
  const farther = nearestOf(distances, negatives.logicalAnd(distances.le(hardest.distances.unsqueeze(1)).logicalNot()));
  const farthest = farthestOf(distances, negatives);
  const chosen = farther.indices.where(farther.found, farthest.indices);
  const anchor = hardest.found.logicalAnd(farthest.found).nonzero().squeeze(1);
  return { anchor, positive: hardest.indices.index([anchor]), negative: chosen.index([anchor]) };
}

/**
 * The triplets that a rule chooses, of the anchors that have both a positive and a negative. `'quaterion'` chooses
 * pairs of whatever anchor, and so no triplets.
 *
 * @param margin of `'pml'`, in the distances' unit.
 */
export function semiHardTriplets(
  rule: Exclude<SemiHardRule, 'quaterion'>,
  distances: Tensor,
  masks: PairMasks,
  margin: number,
): Triplets {
  switch (rule) {
    case 'tfa':
      return nearestBeyondEach(distances, masks);
    case 'pml': {
      const { anchor, positive, negative } = marginTriplets(distances, masks, margin, 'semihard');
      return { anchor, positive, negative };
    }
    case 'pml-easy-hard':
      return nearestBeyondNearest(distances, masks);
    case 'tf-similarity':
      return nearestBeyondFarthest(distances, masks);
  }
}
