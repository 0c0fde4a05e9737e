import { expectNumber } from '../arguments.ts';
import { describeValue } from '../errors.ts';
import { arange, where } from '../generated/torch.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import type { Tensor } from '../tensor.ts';
import type { LossBatch } from './loss-batch.ts';
import { MetricLoss, type MetricLossOptions } from './metric-loss.ts';

export interface RankedListLossOptions extends MetricLossOptions {
  /** Between the radius within which positives belong and the one beyond which negatives do, in the distance's unit. */
  margin: number;
  /** How much more near negatives count than far ones: weights are `exp(Tn (alpha - d))`. */
  Tn: number;
  /** How much the negatives count, 0 to 1; positives count the rest. 0.5 by default. */
  imbalance?: number;
  /** The radius beyond which negatives belong; `1 + margin / 2` by default. */
  alpha?: number;
  /** How much more far positives count than near ones; 0 by default. */
  Tp?: number;
}

/**
 * Pulls positives into a ball of radius `alpha - margin` around each row and pushes negatives out of one of radius
 * `alpha`: `(1 - imbalance) sum_p w_p (d_p - (alpha - margin)) / (sum_p w_p + 1e-5 M) + imbalance sum_n w_n (alpha -
 * d_n) / (sum_n w_n + 1e-5 M)`, over the M candidates that violate their radius, `w_p = exp(Tp (d_p - (alpha -
 * margin)))`, `w_n = exp(Tn (alpha - d_n))` (pytorch-metric-learning's `RankedListLoss`; Wang et al., Ranked List Loss,
 * CVPR 2019). Euclidean distances of normalised embeddings, in [0, 2], and the mean over rows, by default.
 *
 * The weights do not overflow, however large the temperatures, and negatives at distance 0 count.
 *
 * @returns a scalar; 0 where every candidate is where it belongs.
 * @throws TypeError where `margin` or `Tn` is missing, RangeError for an imbalance that is not in [0, 1].
 * @example
 * new torch.losses.RankedListLoss({ margin: 0.4, Tn: 10 })(embeddings, labels).backward();
 */
export class RankedListLoss extends MetricLoss {
  margin: number;
  readonly Tn: number;
  readonly imbalance: number;
  readonly alpha: number;
  readonly Tp: number;

  constructor(options: RankedListLossOptions) {
    super(options);
    const { margin, Tn, imbalance = 0.5, alpha = 1 + margin / 2, Tp = 0 } = options ?? {};
    for (const [name, value] of Object.entries({ margin, Tn, imbalance, alpha, Tp })) {
      expectNumber(`RankedListLoss: ${name}`, value);
    }
    if (imbalance < 0 || imbalance > 1) {
      throw new RangeError(`RankedListLoss: imbalance must be from 0 to 1, got ${describeValue(imbalance)}`);
    }
    this.margin = margin;
    this.Tn = Tn;
    this.imbalance = imbalance;
    this.alpha = alpha;
    this.Tp = Tp;
  }

  protected override parts(batch: LossBatch): readonly UnreducedLoss[] {
    const { distance, alpha, imbalance } = this;
    if (batch.rows === 0 || batch.columns === 0) return [];
    const { positives, negatives } = batch.masks;
    const distances = distance.matrix(batch.embeddings, batch.reference);
    const ofPositives = weightedMean(distance.excess(distances, alpha - this.margin), positives, this.Tp);
    const ofNegatives = weightedMean(distance.excess(distances, alpha).neg(), negatives, this.Tn);
    const values = ofPositives.mul(1 - imbalance).add(ofNegatives.mul(imbalance));
    return [{ kind: 'element', values, indices: arange(batch.rows, { device: values.device }) }];
  }
}

/**
 * Of each row, the mean of the violations in a set that are greater than 0, weighed by `exp(temperature violation)`.
 */
function weightedMean(violations: Tensor, set: Tensor, temperature: number): Tensor {
  const chosen = set.logicalAnd(violations.detach().gt(0));
  const values = where(chosen, violations, 0);
  const exponents = values.mul(temperature);
  // Numerator and denominator are divided by the largest weight, so that none overflows.
  const largest = exponents.detach().amax([1], true);
  const weights = exponents.sub(largest).exp().mul(chosen);
  const slack = largest
    .neg()
    .exp()
    .mul(1e-5 * (set.shape[1] as number));
  return weights
    .mul(values)
    .sum(1)
    .div(weights.sum(1).add(slack.squeeze(1)));
}
