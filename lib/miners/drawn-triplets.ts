/** Triplets drawn at random. */

import { arange, multinomial } from '../generated/torch.ts';
import type { RelationBlock } from '../relation.ts';
import type { Tensor } from '../tensor.ts';
import type { Triplets } from '../triplets.ts';

/**
 * For each anchor with a positive and a negative of a weight above 0, so many triplets: positives uniform, negatives by
 * weight, both with replacement.
 *
 * @param perAnchor int64 `[R]`
 * @param weights `[R, M]`, 0 or more: of the negatives; all equal by default.
 */
export function drawTriplets({ positives, negatives }: RelationBlock, perAnchor: Tensor, weights?: Tensor): Triplets {
  const ofNegatives = weights === undefined ? negatives.float() : weights.mul(negatives);
  const able = positives.any(1).logicalAnd_(ofNegatives.sum(1).gt(0)).nonzero().squeeze(1);
  if (able.numel() === 0) return { anchor: able, positive: able.clone(), negative: able.clone() };
  const counts = perAnchor.index([able]);
  const most = counts.max().item() as number;
  // All rows draw as many as the one that needs most, and leave the rest.
  const wanted = arange(most, { device: able.device }).lt(counts.unsqueeze(1));
  const draw = (of: Tensor) => multinomial(of.index([able]), most, { replacement: true }).index([wanted]);
  return { anchor: able.repeatInterleave(counts), positive: draw(positives.float()), negative: draw(ofNegatives) };
}
