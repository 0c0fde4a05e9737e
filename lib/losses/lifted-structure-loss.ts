import { expectNumber } from '../arguments.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import { logSumExpOfNegatives } from './log-sum-exp.ts';
import type { LossBatch } from './loss-batch.ts';
import { MetricLoss, type MetricLossOptions } from './metric-loss.ts';

export interface LiftedStructureLossOptions extends MetricLossOptions {
  /** How far apart negatives are to be, in the distance's unit; 1 by default. */
  negMargin?: number;
  /** How far apart positives may be, in the distance's unit; 0 by default. */
  posMargin?: number;
}

/**
 * For each positive pair `max(0, log(sum_n exp(negMargin - d(a, n)) + sum_n exp(negMargin - d(p, n))) + d(a, p) -
 * posMargin)^2 / 2`, the sums being over the negatives of either row (pytorch-metric-learning's `LiftedStructureLoss`; Oh
 * Song et al., "Deep metric learning via lifted structured feature embedding", 2016); for a similarity the signs change.
 * The mean over positive pairs by default. Of a reference set only the anchor's negatives count. A pair without negatives
 * has loss 0.
 *
 * @throws TypeError for a margin that is no number.
 * @example
 * const lossFn = new torch.losses.LiftedStructureLoss({ negMargin: 1 });
 */
export class LiftedStructureLoss extends MetricLoss {
  negMargin: number;
  posMargin: number;

  constructor(options: LiftedStructureLossOptions = {}) {
    super(options);
    const { negMargin = 1, posMargin = 0 } = options;
    expectNumber('LiftedStructureLoss: negMargin', negMargin);
    expectNumber('LiftedStructureLoss: posMargin', posMargin);
    this.negMargin = negMargin;
    this.posMargin = posMargin;
  }

  protected override parts(batch: LossBatch): readonly UnreducedLoss[] {
    const { distance, negMargin, posMargin } = this;
    const distances = distance.matrix(batch.embeddings, batch.reference);
    const indices = batch.positivePairs;
    const { anchor, other } = indices;
    const ofNegatives = logSumExpOfNegatives(batch, distance.excess(distances, negMargin).neg());
    const ofAnchor = ofNegatives.index([anchor]);
    const push = batch.isSelf ? ofAnchor.logaddexp(ofNegatives.index([other])) : ofAnchor;
    const pull = distance.excess(distances.index([anchor, other]), posMargin);
    return [{ kind: 'pair', values: push.add(pull).relu().square().div(2), indices }];
  }
}
