import { expectPositive } from '../arguments.ts';
import { CosineSimilarity } from '../distances/cosine-similarity.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import { logOnePlusExp, logSumExpOfNegatives } from './log-sum-exp.ts';
import type { LossBatch } from './loss-batch.ts';
import { MetricLoss, type MetricLossOptions } from './metric-loss.ts';

export interface NTXentLossOptions extends MetricLossOptions {
  /** What similarities are divided by, `> 0`; 0.07 by default. */
  temperature?: number;
}

/**
 * For each positive pair `-log(exp(s_p / T) / (exp(s_p / T) + sum_n exp(s_n / T)))`, `n` being the anchor's negatives
 * (pytorch-metric-learning's `NTXentLoss`; known as InfoNCE; Sohn 2016, Chen et al., "SimCLR", 2020). Other positives are not
 * in the denominator; in `SupConLoss` they are. For a distance, `s = -d`. The mean over positive pairs by default.
 *
 * What the negatives of an anchor sum up to is computed once, so memory grows with the `[N, M]` similarities and not with
 * positives times negatives.
 *
 * @throws RangeError for a temperature that is not greater than 0.
 * @example
 * const lossFn = new torch.losses.NTXentLoss({ temperature: 0.1 });
 * // Two views of each image: a row's one positive is its other view.
 * const labels = torch.arange(views1.shape[0]);
 * lossFn(torch.cat([views1, views2]), torch.cat([labels, labels]));
 */
export class NTXentLoss extends MetricLoss {
  readonly temperature: number;

  constructor(options: NTXentLossOptions = {}) {
    super(options, { distance: () => new CosineSimilarity() });
    const { temperature = 0.07 } = options;
    expectPositive('NTXentLoss: temperature', temperature);
    this.temperature = temperature;
  }

  protected override parts(batch: LossBatch): readonly UnreducedLoss[] {
    const { distance, temperature } = this;
    const distances = distance.ascending(distance.matrix(batch.embeddings, batch.reference));
    const logits = distances.div(-temperature);
    const indices = batch.positivePairs;
    const { anchor, other } = indices;
    const ofNegatives = logSumExpOfNegatives(batch, logits).index([anchor]);
    return [{ kind: 'pair', values: logOnePlusExp(ofNegatives.sub(logits.index([anchor, other]))), indices }];
  }
}
