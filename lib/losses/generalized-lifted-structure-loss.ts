import { expectNumber } from '../arguments.ts';
import { where } from '../generated/torch.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import type { Tensor } from '../tensor.ts';
import type { LiftedStructureLossOptions } from './lifted-structure-loss.ts';
import { logSumExpWhere, ofRows } from './log-sum-exp.ts';
import type { LossBatch } from './loss-batch.ts';
import { MetricLoss } from './metric-loss.ts';

/**
 * For each row `max(0, log sum_p exp(d(a, p) - posMargin) + log sum_n exp(negMargin - d(a, n)))`
 * (pytorch-metric-learning's `GeneralizedLiftedStructureLoss`; Hermans et al., "In defense of the triplet loss", 2017); for
 * a similarity the signs change. The sum over no positives, or no negatives, counts as 1, so that its logarithm is 0. The
 * mean over all rows by default.
 *
 * @throws TypeError for a margin that is no number.
 * @example
 * const lossFn = new torch.losses.GeneralizedLiftedStructureLoss({ negMargin: 1 });
 */
export class GeneralizedLiftedStructureLoss extends MetricLoss {
  negMargin: number;
  posMargin: number;

  constructor(options: LiftedStructureLossOptions = {}) {
    super(options);
    const { negMargin = 1, posMargin = 0 } = options;
    expectNumber('GeneralizedLiftedStructureLoss: negMargin', negMargin);
    expectNumber('GeneralizedLiftedStructureLoss: posMargin', posMargin);
    this.negMargin = negMargin;
    this.posMargin = posMargin;
  }

  protected override parts(batch: LossBatch): readonly UnreducedLoss[] {
    const { distance, negMargin, posMargin } = this;
    const { positives, negatives } = batch.masks;
    const distances = distance.matrix(batch.embeddings, batch.reference);
    const sumOf = (values: Tensor, mask: Tensor) => where(mask.any(1), logSumExpWhere(values, mask), 0);
    const pull = sumOf(distance.excess(distances, posMargin), positives);
    const push = sumOf(distance.excess(distances, negMargin).neg(), negatives);
    return [ofRows(pull.add(push).relu())];
  }
}
