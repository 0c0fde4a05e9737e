import { expectPositive } from '../arguments.ts';
import { CosineSimilarity } from '../distances/cosine-similarity.ts';
import { where } from '../generated/torch.ts';
import { AvgNonZeroReducer } from '../reducers/avg-non-zero-reducer.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import { logSumExpWhere, ofRows } from './log-sum-exp.ts';
import type { LossBatch } from './loss-batch.ts';
import { MetricLoss, type MetricLossOptions } from './metric-loss.ts';

export interface SupConLossOptions extends MetricLossOptions {
  /** What similarities are divided by, `> 0`; 0.1 by default. */
  temperature?: number;
}

/**
 * For each row the mean over its positives of `-log(exp(s_p / T) / sum_c exp(s_c / T))`, `c` being all its positives and
 * negatives (pytorch-metric-learning's `SupConLoss`; Khosla et al., "Supervised contrastive learning", 2020, L_out without
 * its factor). For a distance, `s = -d`. A row without positives has loss 0 and does not count: reduced by
 * `AvgNonZeroReducer` by default. A batch without negatives has loss 0.
 *
 * @throws RangeError for a temperature that is not greater than 0.
 * @example
 * const lossFn = new torch.losses.SupConLoss({ temperature: 0.07 });
 */
export class SupConLoss extends MetricLoss {
  readonly temperature: number;

  constructor(options: SupConLossOptions = {}) {
    super(options, { distance: () => new CosineSimilarity(), reducer: () => new AvgNonZeroReducer() });
    const { temperature = 0.1 } = options;
    expectPositive('SupConLoss: temperature', temperature);
    this.temperature = temperature;
  }

  protected override parts(batch: LossBatch): readonly UnreducedLoss[] {
    const { distance, temperature } = this;
    const { positives, negatives } = batch.masks;
    const logits = distance.ascending(distance.matrix(batch.embeddings, batch.reference)).div(-temperature);
    const count = positives.sum(1);
    const mean = where(positives, logits, 0).sum(1).div(count.clampMin(1));
    const counts = count.gt(0).logicalAnd(negatives.any());
    const losses = logSumExpWhere(logits, positives.logicalOr(negatives)).sub(mean);
    return [ofRows(where(counts, losses, 0))];
  }
}
