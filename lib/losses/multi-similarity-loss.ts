import { expectNumber, expectPositive } from '../arguments.ts';
import { CosineSimilarity } from '../distances/cosine-similarity.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import { logOnePlusExp, logSumExpWhere, ofRows } from './log-sum-exp.ts';
import type { LossBatch } from './loss-batch.ts';
import { MetricLoss, type MetricLossOptions } from './metric-loss.ts';

export interface MultiSimilarityLossOptions extends MetricLossOptions {
  /** The sharpness for positives, `> 0`; 2 by default. */
  alpha?: number;
  /** The sharpness for negatives, `> 0`; 50 by default. */
  beta?: number;
  /** The similarity lambda that positives are to be above and negatives below; 0.5 by default. */
  base?: number;
}

/**
 * For each row `log(1 + sum_p exp(-alpha (s_p - base))) / alpha + log(1 + sum_n exp(beta (s_n - base))) / beta`
 * (pytorch-metric-learning's `MultiSimilarityLoss`; Wang et al., "Multi-similarity loss with general pair weighting", 2019);
 * for a distance the signs change. The mean over all rows by default, over cosine similarities.
 *
 * @example
 * const miner = new torch.miners.TripletMarginMiner();
 * const lossFn = new torch.losses.MultiSimilarityLoss({ alpha: 2, beta: 40, base: 0.5 });
 * lossFn(embeddings, labels, { tuples: miner(embeddings, labels) });
 */
export class MultiSimilarityLoss extends MetricLoss {
  readonly alpha: number;
  readonly beta: number;
  readonly base: number;

  constructor(options: MultiSimilarityLossOptions = {}) {
    super(options, { distance: () => new CosineSimilarity() });
    const { alpha = 2, beta = 50, base = 0.5 } = options;
    expectPositive('MultiSimilarityLoss: alpha', alpha);
    expectPositive('MultiSimilarityLoss: beta', beta);
    expectNumber('MultiSimilarityLoss: base', base);
    this.alpha = alpha;
    this.beta = beta;
    this.base = base;
  }

  protected override parts(batch: LossBatch): readonly UnreducedLoss[] {
    const { alpha, base, beta, distance } = this;
    const { positives, negatives } = batch.masks;
    const excess = distance.excess(distance.matrix(batch.embeddings, batch.reference), base);
    const ofPositives = logOnePlusExp(logSumExpWhere(excess.mul(alpha), positives)).div(alpha);
    const ofNegatives = logOnePlusExp(logSumExpWhere(excess.mul(-beta), negatives)).div(beta);
    return [ofRows(ofPositives.add(ofNegatives))];
  }
}
