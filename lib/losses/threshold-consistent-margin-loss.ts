import { expectNumber } from '../arguments.ts';
import { CosineSimilarity } from '../distances/cosine-similarity.ts';
import { sub } from '../generated/torch.ts';
import { DivisorReducer } from '../reducers/divisor-reducer.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import { expectCosine } from './cosine-check.ts';
import type { LossBatch } from './loss-batch.ts';
import { MetricLoss, type MetricLossOptions } from './metric-loss.ts';

export interface ThresholdConsistentMarginLossOptions extends MetricLossOptions {
  /** What the part of positives is multiplied by; 1 by default. */
  lambdaPlus?: number;
  /** What the part of negatives is multiplied by; 1 by default. */
  lambdaMinus?: number;
  /** The cosine that positives are to be above; 0.9 by default. */
  marginPlus?: number;
  /** The cosine that negatives are to be below; 0.5 by default. */
  marginMinus?: number;
}

/**
 * The mean of `marginPlus - s` over the positive pairs with `s <= marginPlus`, and the mean of `s - marginMinus` over the
 * negative ones with `s >= marginMinus`, times `lambdaPlus` and `lambdaMinus` (pytorch-metric-learning's
 * `ThresholdConsistentMarginLoss`; Zhang et al., "Threshold-consistent margin loss for open-world deep metric learning",
 * 2024). It goes beside another loss, so that one threshold fits all classes. The parts are `positive` and `negative`, each
 * divided by the number of its pairs beyond the margin: reduced by `DivisorReducer` by default.
 *
 * @throws TypeError for a distance other than `CosineSimilarity`.
 * @example
 * const consistent = new torch.losses.ThresholdConsistentMarginLoss({ marginPlus: 0.9, marginMinus: 0.5 });
 * const loss = lossFn(embeddings, labels).add(consistent(embeddings, labels));
 */
export class ThresholdConsistentMarginLoss extends MetricLoss {
  readonly lambdaPlus: number;
  readonly lambdaMinus: number;
  readonly marginPlus: number;
  readonly marginMinus: number;

  constructor(options: ThresholdConsistentMarginLossOptions = {}) {
    super(options, { distance: () => new CosineSimilarity(), reducer: () => new DivisorReducer() });
    const { lambdaPlus = 1, lambdaMinus = 1, marginPlus = 0.9, marginMinus = 0.5 } = options;
    expectNumber('ThresholdConsistentMarginLoss: lambdaPlus', lambdaPlus);
    expectNumber('ThresholdConsistentMarginLoss: lambdaMinus', lambdaMinus);
    expectNumber('ThresholdConsistentMarginLoss: marginPlus', marginPlus);
    expectNumber('ThresholdConsistentMarginLoss: marginMinus', marginMinus);
    expectCosine('ThresholdConsistentMarginLoss', this.distance);
    this.lambdaPlus = lambdaPlus;
    this.lambdaMinus = lambdaMinus;
    this.marginPlus = marginPlus;
    this.marginMinus = marginMinus;
  }

  protected override parts(batch: LossBatch): readonly UnreducedLoss[] {
    const { distance, lambdaMinus, lambdaPlus, marginMinus, marginPlus } = this;
    const cosines = distance.matrix(batch.embeddings, batch.reference);
    const { positiveAnchor, positive, negativeAnchor, negative } = batch.pairs;
    const ofPositives = sub(marginPlus, cosines.index([positiveAnchor, positive]));
    const ofNegatives = cosines.index([negativeAnchor, negative]).sub(marginMinus);
    return [
      {
        kind: 'pair',
        name: 'positive',
        values: ofPositives.relu().mul(lambdaPlus),
        indices: { anchor: positiveAnchor, other: positive },
        divisor: ofPositives.ge(0).sum(),
      },
      {
        kind: 'pair',
        name: 'negative',
        values: ofNegatives.relu().mul(lambdaMinus),
        indices: { anchor: negativeAnchor, other: negative },
        divisor: ofNegatives.ge(0).sum(),
      },
    ];
  }
}
