/** Triplet margin loss of any distance, as a module. */

import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import { PairwiseDistance } from './distances.ts';
import type { Reduction } from './functional/reduction.ts';
import {
  type DistanceFunction,
  distanceDefaults,
  expectDistance,
  expectPositiveMargin,
  type TripletMarginWithDistanceLossOptions,
  tripletMarginWithDistance,
} from './functional/triplet-margin-with-distance-loss.ts';
import { Module } from './module.ts';

/**
 * `max(0, d(a, p) - d(a, n) + m)` of a distance d of your own (`torch.nn.TripletMarginWithDistanceLoss`). A distance that is a
 * module is a submodule.
 *
 * @throws RangeError if `margin` is not greater than 0.
 */
export class TripletMarginWithDistanceLoss extends Module {
  distance_function: DistanceFunction;
  margin: number;
  swap: boolean;
  reduction: Reduction;

  constructor(...rest: Trailing<[], TripletMarginWithDistanceLossOptions>) {
    super();
    const where = 'TripletMarginWithDistanceLoss';
    const options = readTrailing(where, [], rest, distanceDefaults);
    this.margin = expectPositiveMargin(where, options.margin);
    this.distance_function = expectDistance(where, options.distanceFunction) ?? new PairwiseDistance();
    this.swap = options.swap;
    this.reduction = options.reduction;
  }

  /** Whatever the distance takes; with reduction `'none'` the loss is what it gives, `[N]`. */
  forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    const { distance_function: distanceFunction, margin, swap, reduction } = this;
    const options = { distanceFunction, margin, swap, reduction };
    return tripletMarginWithDistance('TripletMarginWithDistanceLoss', anchor, positive, negative, options);
  }
}
