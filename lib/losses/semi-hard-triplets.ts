/** Semi-hard triplets by rules that differ, among distances `[N, M]`, M > 0, where small is near. */

import { searchsorted, where } from '../generated/torch.ts';
import type { PairMasks } from '../pairs.ts';
import type { Tensor } from '../tensor.ts';
import { type Triplets, tripletsWhere } from '../triplets.ts';

const infinity = Number.POSITIVE_INFINITY;

/** For each pair of anchor and positive the nearest negative that is farther, or else the farthest one. */
export function nearestBeyondEach(distances: Tensor, { positives, negatives }: PairMasks): Triplets {
  const [sorted, order] = where(negatives, distances, infinity).sort({ dim: 1, stable: true }) as [Tensor, Tensor];
  const counts = negatives.sum(1);
  const able = positives.logicalAnd(counts.gt(0).unsqueeze(1));
  const [anchor, positive] = able.nonzero().unbind(1) as [Tensor, Tensor];
  const beyond = searchsorted(sorted, distances.contiguous(), { right: true }).index([anchor, positive]);
  const place = beyond.minimum(counts.index([anchor]).sub(1));
  return { anchor, positive, negative: order.index([anchor, place]) };
}

/** All with `0 < d(a, n) - d(a, p) <= margin`. */
export function withinMargin(distances: Tensor, masks: PairMasks, margin: number): Triplets {
  return tripletsWhere({ ...masks, weights: null }, (anchor, positive, possible) => {
    const gaps = distances.index([anchor]).sub(distances.index([anchor, positive]).unsqueeze(1));
    return gaps.gt(0).logicalAnd(gaps.le(margin)).logicalAnd(possible);
  });
}

/**
 * For each anchor its nearest or farthest positive, and the nearest negative that is farther; where there is none, the
 * farthest negative with `orFarthest`, and no triplet without.
 */
export function nearestBeyondOne(
  distances: Tensor,
  { positives, negatives }: PairMasks,
  { farthestPositive, orFarthest }: { farthestPositive: boolean; orFarthest: boolean },
): Triplets {
  const chosen = farthestPositive
    ? where(positives, distances, -infinity).argmax(1)
    : where(positives, distances, infinity).argmin(1);
  const limit = distances.gather(1, chosen.unsqueeze(1));
  const beyond = negatives.logicalAnd(distances.gt(limit));
  const nearest = where(beyond, distances, infinity).argmin(1);
  const farthest = where(negatives, distances, -infinity).argmax(1);
  const found = beyond.any(1);
  const able = positives.any(1).logicalAnd(orFarthest ? negatives.any(1) : found);
  const anchor = able.nonzero().squeeze(1);
  const negative = where(found, nearest, farthest);
  return { anchor, positive: chosen.index([anchor]), negative: negative.index([anchor]) };
}
