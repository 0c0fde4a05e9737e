import { expectInteger } from '../arguments.ts';
import type { Distance } from '../distances/distance.ts';
import { LpDistance } from '../distances/lp-distance.ts';
import { where } from '../generated/torch.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import { linearHistogram, placesAmong } from './linear-histogram.ts';
import type { LossBatch } from './loss-batch.ts';
import { MetricLoss, type MetricLossOptions } from './metric-loss.ts';

export interface FastAPLossOptions extends MetricLossOptions {
  /** Into how many intervals the distances are divided; 10 by default. */
  numBins?: number;
}

/** The largest distance between two points of the unit sphere. */
function diameter(where: string, distance: Distance): number {
  if (!(distance instanceof LpDistance && distance.p === 2 && distance.normalizeEmbeddings)) {
    throw new TypeError(
      `${where}: distance must be an LpDistance of p 2 with normalizeEmbeddings, whose range is known`,
    );
  }
  return 2 ** distance.power;
}

/**
 * `1 - AP` of each row, where the average precision of its ranking is counted by distances in bins:
 * `AP = (1 / N+) sum_j h+_j H+_j / H_j`, `h+` being the histogram of positives, `H+` and `H` the cumulated ones of
 * positives and of all (pytorch-metric-learning's `FastAPLoss`; Cakir et al., Deep Metric Learning to Rank, CVPR 2019).
 * Rows without a positive have none. Squared Euclidean distances of normalised embeddings, in [0, 4], and the mean over
 * rows, by default. A miner's tuples only weigh the rows.
 *
 * @returns a scalar in [0, 1]; 0 where no row has a positive.
 * @throws TypeError for a distance whose range is not known: it must be `LpDistance` of p 2, normalised, of any power.
 * @example
 * const lossFn = new torch.losses.FastAPLoss({ numBins: 20 });
 * lossFn(embeddings, labels).backward();
 */
export class FastAPLoss extends MetricLoss {
  readonly numBins: number;

  constructor(options: FastAPLossOptions = {}) {
    super(options, { distance: () => new LpDistance({ power: 2 }) });
    const { numBins = 10 } = options;
    expectInteger('FastAPLoss: numBins', numBins);
    diameter('FastAPLoss', this.distance);
    this.numBins = numBins;
  }

  protected override parts(batch: LossBatch): readonly UnreducedLoss[] {
    const { numBins } = this;
    const { positives, negatives } = batch.relation.block();
    const indices = positives.any(1).nonzero().squeeze(1);
    if (indices.numel() === 0) return [];
    const distances = this.distance.matrix(batch.embeddings, batch.reference).index([indices]);
    const places = placesAmong(distances.mul(numBins / diameter('FastAPLoss', this.distance)), numBins);
    const near = linearHistogram(places, numBins, positives.index([indices]));
    const far = linearHistogram(places, numBins, negatives.index([indices]));
    const nearBefore = near.cumsum(1);
    const before = nearBefore.add(far.cumsum(1));
    const hits = near.mul(nearBefore);
    const filled = hits.detach().gt(0);
    const precision = hits
      .div(where(filled, before, 1))
      .mul(filled)
      .sum(1);
    const averages = precision.div(positives.index([indices]).sum(1));
    const values = averages
      .neg()
      .add(1)
      .mul(batch.minedWeights.index([indices]));
    return [{ kind: 'element', values, indices }];
  }
}
