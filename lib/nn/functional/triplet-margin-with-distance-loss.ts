/** Triplet margin loss of any distance. */

import { describeValue, ShapeError } from '../../errors.ts';
import { clampMin, minimum, pairwiseDistance } from '../../generated/torch.ts';
import type { Tensor } from '../../tensor.ts';
import { expectNumber, readTrailing, type Trailing } from '../arguments.ts';
import { expectTensor } from './labels.ts';
import { type ReductionOption, reduce, reductionCode } from './reduction.ts';

/** A distance of two tensors `[N, D]`, as `[N]`. */
export type DistanceFunction = (x1: Tensor, x2: Tensor) => Tensor;

export interface TripletMarginWithDistanceLossOptions extends ReductionOption {
  /** The pairwise distance by default. */
  distanceFunction?: DistanceFunction | null;
  /** By how much the negative shall be farther away than the positive; greater than 0, 1 by default. */
  margin?: number;
  /** Takes the distance from positive to negative where it is the smaller one. */
  swap?: boolean;
}

/** @internal */
export const distanceDefaults: Required<TripletMarginWithDistanceLossOptions> = {
  distanceFunction: null,
  margin: 1,
  swap: false,
  reduction: 'mean',
};

/** @internal A margin that is greater than 0. */
export function expectPositiveMargin(where: string, margin: number): number {
  if (expectNumber(`${where}: margin`, margin) > 0) return margin;
  throw new RangeError(`${where}: margin must be greater than 0, got ${margin}`);
}

/** @internal A function, or null for the default. */
export function expectDistance(where: string, distance: DistanceFunction | null): DistanceFunction | null {
  if (distance === null || typeof distance === 'function') return distance;
  throw new TypeError(`${where}: distanceFunction must be a function, got ${describeValue(distance)}`);
}

/** @internal The loss of options that were read. */
export function tripletMarginWithDistance(
  where: string,
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  { distanceFunction, margin, swap, reduction }: Required<TripletMarginWithDistanceLossOptions>,
): Tensor {
  reductionCode(where, reduction);
  expectPositiveMargin(where, margin);
  const ranks = Object.entries({ anchor, positive, negative }).map(
    ([name, each]) => expectTensor(where, name, each).ndim,
  );
  if (new Set(ranks).size !== 1) {
    throw new ShapeError(
      `${where}: anchor, positive and negative must have as many dimensions, got ${ranks.join(', ')}`,
    );
  }
  const distance = expectDistance(where, distanceFunction) ?? ((x1: Tensor, x2: Tensor) => pairwiseDistance(x1, x2));
  const toPositive = distance(anchor, positive);
  const toNegative = distance(anchor, negative);
  const nearest = swap ? minimum(toNegative, distance(positive, negative)) : toNegative;
  return reduce(where, clampMin(toPositive.add(margin).sub(nearest), 0), reduction);
}

/**
 * Triplet loss of a distance d of your own: `max(0, d(a, p) - d(a, n) + m)` (`F.triplet_margin_with_distance_loss`).
 *
 * @param anchor `a`, `[N, D]` or whatever the distance takes.
 * @param positive `p`, of as many dimensions.
 * @param negative `n`, of as many dimensions.
 * @throws RangeError if `margin` is not greater than 0, or for an unknown reduction.
 */
export function tripletMarginWithDistanceLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  ...rest: Trailing<[], TripletMarginWithDistanceLossOptions>
): Tensor {
  const where = 'tripletMarginWithDistanceLoss';
  return tripletMarginWithDistance(where, anchor, positive, negative, readTrailing(where, [], rest, distanceDefaults));
}
