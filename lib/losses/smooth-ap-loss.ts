import { expectPositive } from '../arguments.ts';
import { CosineSimilarity } from '../distances/cosine-similarity.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import type { Tensor } from '../tensor.ts';
import type { LossBatch } from './loss-batch.ts';
import { MetricLoss, type MetricLossOptions } from './metric-loss.ts';
import { meanOfQueries, rankedPositives } from './ranked-positives.ts';
import { sigmoidRanks } from './sigmoid-ranks.ts';

export interface SmoothAPLossOptions extends MetricLossOptions {
  /** By how much two similarities must differ to be told apart, `> 0`; 0.01 by default. */
  temperature?: number;
}

/**
 * `1 - AP` of each row, ranks being counted by sigmoids: for the positives P of a row, itself among them, and all
 * candidates C, `AP = (1 / |P|) sum_{i in P} (1 + sum_{j in P} g(s_j - s_i)) / (1 + sum_{j in C} g(s_j - s_i))`, `j !=
 * i`, `g(x) = 1 / (1 + exp(-x / temperature))` (pytorch-metric-learning's `SmoothAPLoss`; Brown et al., Smooth-AP, ECCV
 * 2020). Cosine similarity, and the mean over rows that have a positive, by default. A miner's tuples only weigh the
 * rows.
 *
 * Classes may have different sizes, and stand in any order. Time grows as the number of positive pairs times N, memory
 * as N².
 *
 * @returns a scalar in [0, 1); 0 where no row has a positive.
 * @throws RangeError for a temperature that is not positive.
 * @example
 * new torch.losses.SmoothAPLoss({ temperature: 0.01 })(embeddings, labels).backward();
 */
export class SmoothAPLoss extends MetricLoss {
  readonly temperature: number;

  constructor(options: SmoothAPLossOptions = {}) {
    super(options, { distance: () => new CosineSimilarity() });
    const { temperature = 0.01 } = options;
    expectPositive('SmoothAPLoss: temperature', temperature);
    this.temperature = temperature;
  }

  protected override parts(batch: LossBatch): readonly UnreducedLoss[] {
    const ranked = rankedPositives(batch);
    const { queries: indices, rows, columns, positives, negatives } = ranked;
    if (indices.numel() === 0) return [];
    const scores = this.distance.ascending(this.distance.matrix(batch.embeddings, batch.reference)).neg();
    const sets = [positives, positives.logicalOr(negatives)];
    const [among, overall] = sigmoidRanks(scores, rows, columns, this.temperature, sets).add(1).unbind(0) as [
      Tensor,
      Tensor,
    ];
    const averages = meanOfQueries(among.div(overall), ranked);
    const values = averages
      .neg()
      .add(1)
      .mul(batch.minedWeights.index([indices]));
    return [{ kind: 'element', values, indices }];
  }
}
