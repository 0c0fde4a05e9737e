import { expectPositive } from '../arguments.ts';
import { LpDistance } from '../distances/lp-distance.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import { logOnePlusExp, logSumExpWhere } from './log-sum-exp.ts';
import type { LossBatch } from './loss-batch.ts';
import { MetricLoss, type MetricLossOptions } from './metric-loss.ts';

export interface NCALossOptions extends MetricLossOptions {
  /** What distances are multiplied by, `> 0`; 1 by default. */
  softmaxScale?: number;
}

/**
 * For each row `-log p`, `p` being the probability that a neighbour drawn by `softmax(-softmaxScale d)` among all others is
 * a positive (pytorch-metric-learning's `NCALoss`; Goldberger et al., "Neighbourhood components analysis", 2004). The mean
 * over rows that have a positive by default, over squared Euclidean distances of normalised embeddings.
 *
 * Neighbours are all that the labels allow; a miner's tuples weigh rows by how often they are in them.
 *
 * @throws RangeError for a scale that is not greater than 0.
 * @example
 * const lossFn = new torch.losses.NCALoss({ softmaxScale: 10 });
 */
export class NCALoss extends MetricLoss {
  readonly softmaxScale: number;

  constructor(options: NCALossOptions = {}) {
    super(options, { distance: () => new LpDistance({ power: 2 }) });
    const { softmaxScale = 1 } = options;
    expectPositive('NCALoss: softmaxScale', softmaxScale);
    this.softmaxScale = softmaxScale;
  }

  protected override parts(batch: LossBatch): readonly UnreducedLoss[] {
    const { distance, softmaxScale } = this;
    const { positives, negatives } = batch.relation.block();
    const logits = distance.ascending(distance.matrix(batch.embeddings, batch.reference)).mul(-softmaxScale);
    const odds = logSumExpWhere(logits, negatives).sub(logSumExpWhere(logits, positives));
    const rows = positives.any(1).nonzero().squeeze(1);
    const values = logOnePlusExp(odds.index([rows])).mul(batch.minedWeights.index([rows]));
    return [{ kind: 'element', values, indices: rows }];
  }
}
