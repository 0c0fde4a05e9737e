import { expectNumber, expectPositive } from '../arguments.ts';
import { CosineSimilarity } from '../distances/cosine-similarity.ts';
import { add, sub, where } from '../generated/torch.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import type { Tensor } from '../tensor.ts';
import { expectCosine } from './cosine-check.ts';
import { logOnePlusExp, logSumExpOfNegatives } from './log-sum-exp.ts';
import type { LossBatch } from './loss-batch.ts';
import { MetricLoss, type MetricLossOptions } from './metric-loss.ts';

export interface TupletMarginLossOptions extends MetricLossOptions {
  /** The slack angle for positives, in degrees; 5.73 by default, which is 0.1 radians. */
  margin?: number;
  /** The scale of similarities, `> 0`; 64 by default. */
  scale?: number;
}

/** The sine of the angle, from 0 to pi, whose cosine is given; 0 with gradient 0 at the ends. */
function sineOf(cosines: Tensor): Tensor {
  const squares = sub(1, cosines).mul(add(1, cosines));
  const inside = squares.gt(0);
  return where(inside, where(inside, squares, 1).sqrt(), 0);
}

/**
 * For each positive pair `log(1 + sum_n exp(scale (cos t_n - cos(t_p - margin))))`, `t` being the angles between the anchor
 * and its positive and negatives (pytorch-metric-learning's `TupletMarginLoss`, which is NaN where positives are equal; Yu
 * and Tao, "Deep metric learning with tuplet margin loss", 2019). The slack margin makes an angle count for so much less,
 * so that positives need not collapse. The mean over positive pairs by default.
 *
 * @throws TypeError for a distance other than `CosineSimilarity`.
 * @example
 * const lossFn = new torch.losses.TupletMarginLoss({ margin: 5.73, scale: 64 });
 */
export class TupletMarginLoss extends MetricLoss {
  /** In degrees. */
  readonly margin: number;
  readonly scale: number;

  constructor(options: TupletMarginLossOptions = {}) {
    super(options, { distance: () => new CosineSimilarity() });
    const { margin = 5.73, scale = 64 } = options;
    expectNumber('TupletMarginLoss: margin', margin);
    expectPositive('TupletMarginLoss: scale', scale);
    expectCosine('TupletMarginLoss', this.distance);
    this.margin = margin;
    this.scale = scale;
  }

  protected override parts(batch: LossBatch): readonly UnreducedLoss[] {
    const { distance, scale } = this;
    const margin = (this.margin * Math.PI) / 180;
    const cosines = distance.matrix(batch.embeddings, batch.reference);
    const indices = batch.positivePairs;
    const { anchor, other } = indices;
    const near = cosines.index([anchor, other]);
    // cos(t - margin), without the angle, whose gradient is infinite where t is 0.
    const slack = near.mul(Math.cos(margin)).add(sineOf(near).mul(Math.sin(margin)));
    const ofNegatives = logSumExpOfNegatives(batch, cosines.mul(scale)).index([anchor]);
    return [{ kind: 'pair', values: logOnePlusExp(ofNegatives.sub(slack.mul(scale))), indices }];
  }
}
