import { expectNumber } from '../arguments.ts';
import { CosineDistance } from '../distances/cosine-distance.ts';
import type { Distance } from '../distances/distance.ts';
import { Similarity } from '../distances/similarity.ts';
import { Module } from '../nn/module.ts';
import type { Tensor } from '../tensor.ts';
import { expectColumns, expectScores, zeroLoss } from './embedding-columns.ts';

export interface OnlineContrastiveLossOptions {
  /** `CosineDistance` by default; no similarity, because distances are squared. */
  distance?: Distance;
  /** Up to where negatives are pushed away, in the distance's unit; 0.5 by default. */
  margin?: number;
}

/**
 * The contrastive loss of the hard pairs of a batch: `sum of d²` over positive pairs that are farther apart than the
 * nearest negative pair, plus `sum of max(0, margin - d)²` over negative pairs that are nearer than the farthest
 * positive one (sentence-transformers' `OnlineContrastiveLoss`). It is a sum, and grows with the batch. Where there is
 * only one kind of pair, its mean distance is what the other would decide.
 *
 * @returns a scalar; 0 where no pair is hard.
 * @throws TypeError for a similarity; RangeError for labels other than 0 and 1.
 * @example
 * const lossFn = new torch.losses.OnlineContrastiveLoss();
 * lossFn(model(first), model(second), torch.tensor([1n, 0n, 1n])).backward();
 */
export class OnlineContrastiveLoss extends Module {
  readonly distance: Distance;
  readonly margin: number;

  constructor({ distance = new CosineDistance(), margin = 0.5 }: OnlineContrastiveLossOptions = {}) {
    super();
    expectNumber('OnlineContrastiveLoss: margin', margin);
    if (distance instanceof Similarity) {
      throw new TypeError('OnlineContrastiveLoss: distance must be one where small is near, such as CosineDistance');
    }
    this.distance = distance;
    this.margin = margin;
  }

  /** Embeddings `[N, D]`, their partners `[N, D]`, and labels `[N]`: 1 for pairs that belong together, 0 for others. */
  override forward(first: Tensor, second: Tensor, labels: Tensor): Tensor {
    const columns = expectColumns('OnlineContrastiveLoss', { first, second }) as [Tensor, Tensor];
    expectScores('OnlineContrastiveLoss: labels', labels, first.shape[0] as number);
    const isPositive = labels.eq(1);
    if (labels.ne(0).logicalAnd(isPositive.logicalNot()).any().item() as boolean) {
      throw new RangeError('OnlineContrastiveLoss: labels must be 0 or 1, got others');
    }
    if (labels.numel() === 0) return zeroLoss(columns);
    const distances = this.distance.pairwise(...columns);
    const fixed = distances.detach();
    const [positives, negatives] = [fixed.index([isPositive]), fixed.index([isPositive.logicalNot()])];
    const farthest = positives.numel() > 0 ? positives.max() : negatives.mean();
    const nearest = negatives.numel() > 0 ? negatives.min() : positives.mean();
    const hardPositives = isPositive.logicalAnd(fixed.gt(nearest));
    const hardNegatives = isPositive.logicalNot().logicalAnd(fixed.lt(farthest));
    const pull = distances.square().mul(hardPositives).sum();
    return pull.add(distances.neg().add(this.margin).relu().square().mul(hardNegatives).sum());
  }
}
