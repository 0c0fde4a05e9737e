/** Triplet margin loss as a module. */

import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import type { Reduction } from './functional/reduction.ts';
import {
  type TripletMarginLossOptions,
  tripletDefaults,
  tripletMargin,
  tripletNames,
} from './functional/triplet-margin-loss.ts';
import { expectPositiveMargin } from './functional/triplet-margin-with-distance-loss.ts';
import { Module } from './module.ts';

/**
 * `max(0, d(a, p) - d(a, n) + m)` (`torch.nn.TripletMarginLoss`).
 *
 * @throws RangeError if `margin` is not greater than 0.
 * @example
 * const lossFn = new nn.TripletMarginLoss({ margin: 1.0, p: 2 });
 * const loss = lossFn(anchor, positive, negative); // each [N, D]
 */
export class TripletMarginLoss extends Module {
  margin: number;
  p: number;
  eps: number;
  swap: boolean;
  reduction: Reduction;

  constructor(...rest: Trailing<[margin: number, p: number, eps: number, swap: boolean], TripletMarginLossOptions>) {
    super();
    const options = readTrailing('TripletMarginLoss', tripletNames, rest, tripletDefaults);
    this.margin = expectPositiveMargin('TripletMarginLoss', options.margin);
    this.p = options.p;
    this.eps = options.eps;
    this.swap = options.swap;
    this.reduction = options.reduction;
  }

  /** Embeddings `[N, D]` each; with reduction `'none'` the loss is `[N]`. */
  forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    return tripletMargin('TripletMarginLoss', anchor, positive, negative, this);
  }
}
