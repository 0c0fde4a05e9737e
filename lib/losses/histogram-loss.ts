import { expectInteger, expectPositive } from '../arguments.ts';
import { CosineSimilarity } from '../distances/cosine-similarity.ts';
import { DotProductSimilarity } from '../distances/dot-product-similarity.ts';
import { describeValue } from '../errors.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import type { Tensor } from '../tensor.ts';
import { linearHistogram, placesAmong } from './linear-histogram.ts';
import type { LossBatch } from './loss-batch.ts';
import { MetricLoss, type MetricLossOptions } from './metric-loss.ts';

export interface HistogramLossOptions extends MetricLossOptions {
  /** Into how many intervals [-1, 1] is divided; 100 by default. */
  nBins?: number;
  /** The length of an interval, instead of their number. */
  delta?: number;
}

/**
 * The probability that a random negative pair is more similar than a random positive one, both estimated by histograms
 * of cosine similarities: `sum_r p-_r sum_{q <= r} p+_q` (pytorch-metric-learning's `HistogramLoss`; Ustinova and
 * Lempitsky, Learning Deep Embeddings with Histogram Loss, NIPS 2016). Similarities at 1 count for the last node.
 *
 * Pairs are those of triplets, each once: of anchors that have a positive and a negative, or of a miner's tuples. The
 * loss is one number, which no reducer changes.
 *
 * @returns a scalar in [0, 1]; 0 where no anchor has a positive and a negative.
 * @throws TypeError for a distance other than `CosineSimilarity`, whose range is known; RangeError where `nBins` and
 * `delta` disagree.
 * @example
 * new torch.losses.HistogramLoss({ nBins: 100 })(embeddings, labels).backward();
 */
export class HistogramLoss extends MetricLoss {
  readonly delta: number;

  constructor(options: HistogramLossOptions = {}) {
    super(options, { distance: () => new CosineSimilarity() });
    const { nBins, delta } = options;
    if (nBins !== undefined) expectInteger('HistogramLoss: nBins', nBins);
    if (delta !== undefined) expectPositive('HistogramLoss: delta', delta);
    if (nBins !== undefined && delta !== undefined && Math.abs(delta * nBins - 2) > 1e-9) {
      const got = `${describeValue(delta)} and ${describeValue(nBins)}`;
      throw new RangeError(`HistogramLoss: delta must be 2 / nBins where both are given, got ${got}`);
    }
    const { distance } = this;
    if (!(distance instanceof DotProductSimilarity && distance.p === 2 && distance.normalizeEmbeddings)) {
      throw new TypeError('HistogramLoss: distance must be a CosineSimilarity, whose range is known');
    }
    this.delta = delta ?? 2 / (nBins ?? 100);
  }

  protected override parts(batch: LossBatch): readonly UnreducedLoss[] {
    const { positives, negatives } = batch.masks;
    const able = positives.any(1).logicalAnd(negatives.any(1)).unsqueeze(1);
    const once = (mask: Tensor) => {
      const chosen = mask.logicalAnd(able);
      // A pair of the batch is one pair, whichever of its rows is the anchor.
      return batch.isSelf ? chosen.logicalOr(chosen.T).triu(1) : chosen;
    };
    const [near, far] = [once(positives), once(negatives)];
    if (able.any().logicalNot().item() as boolean) return [];
    const similarities = this.distance.matrix(batch.embeddings, batch.reference);
    const nearBefore = density(similarities.index([near]), this.delta).cumsum(0);
    const values = density(similarities.index([far]), this.delta)
      .mul(nearBefore)
      .sum();
    return [{ kind: 'reduced', values }];
  }
}

function density(similarities: Tensor, delta: number): Tensor {
  // The last interval may reach beyond 1; what is a whole number but for rounding is one.
  const intervals = Math.max(1, Math.ceil(2 / delta - 1e-9));
  const places = placesAmong(similarities.add(1).div(delta), intervals);
  return linearHistogram(places, intervals).div(similarities.numel());
}
