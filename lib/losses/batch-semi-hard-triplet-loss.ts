import { expectNumber, expectOneOf } from '../arguments.ts';
import { noGrad } from '../autograd/modes.ts';
import { LpDistance } from '../distances/lp-distance.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import { scope } from '../scope.ts';
import { type SemiHardRule, semiHardRules, semiHardTriplets } from '../selection/semi-hard-rule.ts';
import type { Tensor } from '../tensor.ts';
import { clampedPairHinge } from './clamped-pair-hinge.ts';
import type { LossBatch } from './loss-batch.ts';
import { MetricLoss, type MetricLossOptions } from './metric-loss.ts';

export interface BatchSemiHardTripletLossOptions extends MetricLossOptions {
  /** By how much a negative must be farther than the positive, in the distance's unit; 5 by default. */
  margin?: number;
  /** What "semi-hard" means, by one of the rules below; `'tfa'` by default. */
  rule?: SemiHardRule;
}

/**
 * The mean of `max(0, d(a, p) - d(a, n) + margin)` over semi-hard triplets: negatives that are farther than the
 * positive, but not far enough (sentence-transformers' `BatchSemiHardTripletLoss`; Schroff et al., FaceNet, CVPR 2015).
 * Which these are differs:
 *
 * - `'tfa'`: for each pair of anchor and positive the nearest negative farther than the positive, however far, or else
 *   the farthest negative (sentence-transformers, TensorFlow Addons);
 * - `'pml'`: all triplets with `0 < d(a, n) - d(a, p) <= margin` (pytorch-metric-learning's `TripletMarginMiner`,
 *   FaceNet);
 * - `'pml-easy-hard'`: for each anchor the nearest positive and the nearest negative farther than it, if there is one
 *   (pytorch-metric-learning's `BatchEasyHardMiner`);
 * - `'tf-similarity'`: for each anchor the farthest positive, and the nearest negative farther than it, or else the
 *   farthest negative (TensorFlow Similarity);
 * - `'quaterion'`: every pair of one class, a row with itself included, against every pair of two classes, of whatever
 *   anchor, the hinge being clamped to the margin, so that what is harder than semi-hard has no gradient; one number,
 *   which no reducer changes (Quaterion).
 *
 * Euclidean distances of embeddings as they are, and the mean over triplets, by default.
 *
 * @returns a scalar; 0 where there is no triplet.
 * @throws TypeError for a margin that is no number, RangeError for another rule.
 * @example
 * new torch.losses.BatchSemiHardTripletLoss({ margin: 0.2, rule: 'pml', distance: new torch.distances.LpDistance() });
 */
export class BatchSemiHardTripletLoss extends MetricLoss {
  margin: number;
  readonly rule: SemiHardRule;

  constructor(options: BatchSemiHardTripletLossOptions = {}) {
    super(options, { distance: () => new LpDistance({ normalizeEmbeddings: false }) });
    const { margin = 5, rule = 'tfa' } = options;
    expectNumber('BatchSemiHardTripletLoss: margin', margin);
    expectOneOf('BatchSemiHardTripletLoss: rule', rule, semiHardRules);
    if (rule === 'quaterion' && margin < 0) {
      throw new RangeError(`BatchSemiHardTripletLoss: margin must be at least 0 for this rule, got ${margin}`);
    }
    this.margin = margin;
    this.rule = rule;
  }

  protected override parts(batch: LossBatch): readonly UnreducedLoss[] {
    if (batch.rows === 0 || batch.columns === 0) return [];
    const { distance, margin, rule } = this;
    const distances = distance.ascending(distance.matrix(batch.embeddings, batch.reference));
    if (rule === 'quaterion') return this.ofPairs(batch, distances);
    const indices = noGrad(() => scope(() => semiHardTriplets(rule, distances.detach(), batch.masks, margin)));
    const { anchor, positive, negative } = indices;
    const gaps = distances.index([anchor, positive]).sub(distances.index([anchor, negative]));
    return [{ kind: 'triplet', values: gaps.add(margin).relu(), indices }];
  }

  private ofPairs(batch: LossBatch, distances: Tensor): readonly UnreducedLoss[] {
    const { positives, negatives } = batch.masks;
    const { self } = batch.relation;
    if (self !== null) positives.diagonal(self).fill_(1);
    const [near, far] = [distances.index([positives]), distances.index([negatives])];
    if (near.numel() === 0 || far.numel() === 0) return [];
    return [{ kind: 'reduced', values: clampedPairHinge(near, far, this.margin) }];
  }
}
