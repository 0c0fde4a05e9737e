import { expectNumber, expectPositive } from '../arguments.ts';
import { CosineSimilarity } from '../distances/cosine-similarity.ts';
import { sub } from '../generated/torch.ts';
import { AvgNonZeroReducer } from '../reducers/avg-non-zero-reducer.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import { expectCosine } from './cosine-check.ts';
import { logOnePlusExp, logSumExpWhere, ofRows } from './log-sum-exp.ts';
import type { LossBatch } from './loss-batch.ts';
import { MetricLoss, type MetricLossOptions } from './metric-loss.ts';

export interface CircleLossOptions extends MetricLossOptions {
  /** The relaxation: positives are to be more similar than `1 - m`, negatives less than `m`; 0.4 by default. */
  m?: number;
  /** The scale of similarities, `> 0`; 80 by default. The paper has m 0.25 and gamma 256 for faces. */
  gamma?: number;
}

/**
 * For each row `log(1 + sum_n exp(gamma a_n (s_n - m)) sum_p exp(-gamma a_p (s_p - 1 + m)))` with the weights
 * `a_p = max(0, 1 + m - s_p)` and `a_n = max(0, s_n + m)`, through which no gradient flows (pytorch-metric-learning's
 * `CircleLoss`; Sun et al., "Circle Loss", 2020). A row without positives or negatives has loss 0 and does not count:
 * reduced by `AvgNonZeroReducer` by default.
 *
 * @throws TypeError for a distance other than `CosineSimilarity`.
 * @example
 * const lossFn = new torch.losses.CircleLoss({ m: 0.25, gamma: 256 });
 */
export class CircleLoss extends MetricLoss {
  readonly m: number;
  readonly gamma: number;

  constructor(options: CircleLossOptions = {}) {
    super(options, { distance: () => new CosineSimilarity(), reducer: () => new AvgNonZeroReducer() });
    const { m = 0.4, gamma = 80 } = options;
    expectNumber('CircleLoss: m', m);
    expectPositive('CircleLoss: gamma', gamma);
    expectCosine('CircleLoss', this.distance);
    this.m = m;
    this.gamma = gamma;
  }

  protected override parts(batch: LossBatch): readonly UnreducedLoss[] {
    const { distance, gamma, m } = this;
    const { positives, negatives } = batch.masks;
    const similarities = distance.matrix(batch.embeddings, batch.reference);
    const constant = similarities.detach();
    const pull = sub(1 + m, constant)
      .relu()
      .mul(-gamma);
    const push = constant.add(m).relu().mul(gamma);
    const ofPositives = logSumExpWhere(pull.mul(similarities.sub(1 - m)), positives);
    const ofNegatives = logSumExpWhere(push.mul(similarities.sub(m)), negatives);
    return [ofRows(logOnePlusExp(ofPositives.add(ofNegatives)))];
  }
}
