/** Triplet margin loss. */

import * as torch from '../../generated/torch.ts';
import type { Tensor } from '../../tensor.ts';
import { readTrailing, type Trailing } from '../arguments.ts';
import { type ReductionOption, reductionCode } from './reduction.ts';
import { expectPositiveMargin } from './triplet-margin-with-distance-loss.ts';

export interface TripletMarginLossOptions extends ReductionOption {
  /** By how much the negative shall be farther away than the positive; greater than 0, 1 by default. */
  margin?: number;
  /** The norm's degree; 2 by default. */
  p?: number;
  /** Added to every component of a difference, so that the norm has a gradient at 0; 1e-6 by default. */
  eps?: number;
  /** Takes the distance from positive to negative where it is the smaller one (Balntas et al. 2016). */
  swap?: boolean;
}

/** @internal */
export const tripletDefaults: Required<TripletMarginLossOptions> = {
  margin: 1,
  p: 2,
  eps: 1e-6,
  swap: false,
  reduction: 'mean',
};

/** @internal */
export const tripletNames = ['margin', 'p', 'eps', 'swap'] as const;

/** @internal The loss of options that were read. */
export function tripletMargin(
  where: string,
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  { margin, p, eps, swap, reduction }: Required<TripletMarginLossOptions>,
): Tensor {
  expectPositiveMargin(where, margin);
  return torch.tripletMarginLoss(anchor, positive, negative, margin, p, eps, swap, reductionCode(where, reduction));
}

/**
 * Triplet loss: `max(0, d(a, p) - d(a, n) + m)` with `d(x, y) = ‖x - y + eps‖_p` (`F.triplet_margin_loss`).
 *
 * @param anchor `a`, `[N, D]` or `[D]`.
 * @param positive `p`, of the same shape.
 * @param negative `n`, of the same shape.
 * @throws RangeError if `margin` is not greater than 0, or for an unknown reduction.
 */
export function tripletMarginLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  ...rest: Trailing<[margin: number, p: number, eps: number, swap: boolean], TripletMarginLossOptions>
): Tensor {
  const options = readTrailing('tripletMarginLoss', tripletNames, rest, tripletDefaults);
  return tripletMargin('tripletMarginLoss', anchor, positive, negative, options);
}
