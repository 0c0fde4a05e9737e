import { expectNumber } from '../arguments.ts';
import { CosineSimilarity } from '../distances/cosine-similarity.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import type { Tensor } from '../tensor.ts';
import type { LossBatch } from './loss-batch.ts';
import { MetricLoss, type MetricLossOptions } from './metric-loss.ts';

export interface IntraPairVarianceLossOptions extends MetricLossOptions {
  /** How much worse than the mean a positive pair may be, in shares of the mean; 0.01 by default. */
  posEps?: number;
  /** How much worse than the mean a negative pair may be, in shares of the mean; 0.01 by default. */
  negEps?: number;
}

/**
 * Keeps the pairs of a kind alike: `max(0, (1 - posEps) mean(s_p) - s_p)^2` over positive pairs and
 * `max(0, s_n - (1 + negEps) mean(s_n))^2` over negative ones (pytorch-metric-learning's `IntraPairVarianceLoss`; Yu and Tao,
 * "Deep metric learning with tuplet margin loss", 2019); for a distance the signs change. It goes beside another loss. The
 * parts `positive` and `negative` are averaged apart and added by default.
 *
 * @throws TypeError for an eps that is no number.
 * @example
 * const [tuplet, variance] = [new torch.losses.TupletMarginLoss(), new torch.losses.IntraPairVarianceLoss()];
 * const loss = tuplet(embeddings, labels).add(variance(embeddings, labels).mul(0.5));
 */
export class IntraPairVarianceLoss extends MetricLoss {
  readonly posEps: number;
  readonly negEps: number;

  constructor(options: IntraPairVarianceLossOptions = {}) {
    super(options, { distance: () => new CosineSimilarity() });
    const { posEps = 0.01, negEps = 0.01 } = options;
    expectNumber('IntraPairVarianceLoss: posEps', posEps);
    expectNumber('IntraPairVarianceLoss: negEps', negEps);
    this.posEps = posEps;
    this.negEps = negEps;
  }

  protected override parts(batch: LossBatch): readonly UnreducedLoss[] {
    const { distance, negEps, posEps } = this;
    const matrix = distance.matrix(batch.embeddings, batch.reference);
    const { positiveAnchor, positive, negativeAnchor, negative } = batch.pairs;
    /** By how much each pair is farther than the mean. */
    const beyondMean = (values: Tensor) => {
      const mean = values.sum().div(Math.max(1, values.numel()));
      return { mean, beyond: distance.excess(values, mean) };
    };
    const ofPositives = beyondMean(matrix.index([positiveAnchor, positive]));
    const ofNegatives = beyondMean(matrix.index([negativeAnchor, negative]));
    return [
      {
        kind: 'pair',
        name: 'positive',
        values: ofPositives.beyond.sub(ofPositives.mean.mul(posEps)).relu().square(),
        indices: { anchor: positiveAnchor, other: positive },
      },
      {
        kind: 'pair',
        name: 'negative',
        values: ofNegatives.beyond.neg().sub(ofNegatives.mean.mul(negEps)).relu().square(),
        indices: { anchor: negativeAnchor, other: negative },
      },
    ];
  }
}
