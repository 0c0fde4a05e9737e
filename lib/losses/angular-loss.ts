import { expectNumber } from '../arguments.ts';
import { normalizeRows } from '../distances/normalize.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import { logOnePlusExp, logSumExpWhere } from './log-sum-exp.ts';
import type { LossBatch } from './loss-batch.ts';
import { MetricLoss, type MetricLossOptions } from './metric-loss.ts';

export interface AngularLossOptions extends Omit<MetricLossOptions, 'distance'> {
  /** The largest angle allowed at the negative, in degrees; 40 by default. */
  alpha?: number;
}

/**
 * Bounds the angle at the negative of the triangle of anchor, positive and negative: for each positive pair
 * `log(1 + sum_n exp(4 tan^2(alpha) (a + p) . n - 2 (1 + tan^2(alpha)) a . p))`, over the normalised embeddings of the
 * anchor's negatives (pytorch-metric-learning's `AngularLoss`; Wang et al., "Deep metric learning with angular loss", 2017).
 * The mean over positive pairs by default. pytorch-metric-learning does not normalise the negatives.
 *
 * Negatives are all that the labels allow; of a miner's tuples the positive pairs are taken. Memory grows as positive pairs
 * times candidates.
 *
 * @throws TypeError for an alpha that is no number.
 * @example
 * const lossFn = new torch.losses.AngularLoss({ alpha: 45 });
 */
export class AngularLoss extends MetricLoss {
  /** In degrees. */
  readonly alpha: number;

  constructor(options: AngularLossOptions = {}) {
    super(options);
    const { alpha = 40 } = options;
    expectNumber('AngularLoss: alpha', alpha);
    this.alpha = alpha;
  }

  protected override parts(batch: LossBatch): readonly UnreducedLoss[] {
    const square = Math.tan((this.alpha * Math.PI) / 180) ** 2;
    const rows = normalizeRows(batch.embeddings, 2);
    const columns = batch.isSelf ? rows : normalizeRows(batch.reference, 2);
    const indices = batch.positivePairs;
    const [anchors, positives] = [rows.index([indices.anchor]), columns.index([indices.other])];
    const toNegatives = anchors
      .add(positives)
      .mul(4 * square)
      .matmul(columns.T);
    const between = anchors
      .mul(positives)
      .sum(1)
      .mul(2 * (1 + square));
    const ofNegatives = logSumExpWhere(toNegatives, batch.relation.block().negatives.index([indices.anchor]));
    return [{ kind: 'pair', values: logOnePlusExp(ofNegatives.sub(between)), indices }];
  }
}
