/** The hinge over all triplets of some anchors, given their distances to all candidates. */

import { cat, searchsorted, where, zeros, zerosLike } from '../generated/torch.ts';
import { overloadFunction } from '../operator.ts';
import type { Tensor } from '../tensor.ts';

export interface TripletHingeOptions {
  readonly margin: number;
  readonly power: 1 | 2;
  readonly activeAtKink: boolean;
  readonly withGradient: boolean;
}

export interface TripletHinge {
  /** float64 `[R]`: the sum of each anchor. */
  readonly losses: Tensor;
  /** `[R, C]`: the derivative of the sum by each distance; `[0]` without gradient. */
  readonly gradient: Tensor;
  /** int64 `[R, 3]`: triplets, hard ones, and those with a hinge above 0, of each anchor. */
  readonly counts: Tensor;
}

type Kernel = (
  distances: Tensor,
  positives: Tensor,
  negatives: Tensor,
  margin: number,
  power: number,
  activeAtKink: boolean,
  withGradient: boolean,
) => [Tensor, Tensor, Tensor];

let kernel: Kernel | undefined;

/**
 * For distances `[R, C]`, where small is near, and bool masks `[R, C]` of positives and negatives. Counts, and with power
 * 1 the gradient, are exactly those of evaluating every triplet. CPU, float32 and float64.
 */
export function tripletHinge(
  distances: Tensor,
  positives: Tensor,
  negatives: Tensor,
  { margin, power, activeAtKink, withGradient }: TripletHingeOptions,
): TripletHinge {
  kernel ??= overloadFunction('hinge', 'triplet_hinge', '') as Kernel;
  const results = kernel(distances, positives, negatives, margin, power, activeAtKink, withGradient);
  const [losses, gradient, counts] = results;
  return { losses, gradient, counts };
}

/** Sums along rows from each place to the end. */
function sumsFromEnd(values: Tensor): Tensor {
  return values.flip([1]).cumsum(1).flip([1]);
}

/** The same by operators that every device has; triplets whose hinge is 0 but for rounding may count differently. */
export function composedTripletHinge(
  distances: Tensor,
  positives: Tensor,
  negatives: Tensor,
  { margin, power, activeAtKink, withGradient }: TripletHingeOptions,
): TripletHinge {
  const [sorted, order] = where(negatives, distances, Number.POSITIVE_INFINITY).sort({ dim: 1 }) as [Tensor, Tensor];
  const isNegative = negatives.gather(1, order);
  const near = where(isNegative, sorted, 0).double();
  const start = zeros([distances.shape[0] as number, 1], { dtype: 'float64', device: distances.device });
  const sums = cat([start, near.cumsum(1)], 1);
  // Of each positive: how many negatives it reaches, where triplets end to be hard, and the threshold.
  const reach = (limits: Tensor, inclusive: boolean) =>
    searchsorted(sorted, limits, { right: inclusive })
      .minimum(negatives.sum(1, { keepdim: true }))
      .mul(positives);
  const active = reach(distances.add(margin), activeAtKink);
  const violating = activeAtKink ? reach(distances.add(margin), false) : active;
  const hard = reach(distances, true);
  const thresholds = distances.double().add(margin).mul(positives);
  const below = sums.gather(1, active);
  const linear = thresholds.mul(active).sub(below.mul(positives));
  const total = positives.sum(1).mul(negatives.sum(1));
  const counts = [total, hard.sum(1), violating.sum(1)].map((each) => each.unsqueeze(1));
  let losses = linear;
  if (power === 2) {
    const squares = cat([start, near.square().cumsum(1)], 1)
      .gather(1, active)
      .mul(positives);
    losses = thresholds.mul(linear).sub(thresholds.mul(below)).add(squares);
  }
  const result = { losses: losses.sum(1), counts: cat(counts, 1) };
  if (!withGradient) return { ...result, gradient: zeros([0], { dtype: distances.dtype, device: distances.device }) };
  const perRank = (values: Tensor) => {
    const ranks = zerosLike(sums).scatterAdd(1, active, values);
    return sumsFromEnd(ranks.narrow(1, 1, distances.shape[1] as number));
  };
  const violators = perRank(positives.double());
  const ofNegatives = power === 1 ? violators : perRank(thresholds).sub(violators.mul(near)).mul(2);
  const ofPositives = power === 1 ? active.double() : linear.mul(2);
  const slopes = zerosLike(near).scatter(1, order, ofNegatives.mul(isNegative));
  return { ...result, gradient: ofPositives.sub(slopes).to(distances.dtype) };
}
