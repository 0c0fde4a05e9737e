import { expectNumber } from '../arguments.ts';
import type { Tensor } from '../tensor.ts';
import { BatchHardLoss, type BatchHardOptions } from './batch-hard-loss.ts';

export interface BatchHardTripletLossOptions extends BatchHardOptions {
  /**
   * By how much the nearest negative must be farther than the farthest positive, in the distance's unit; 5 by default.
   */
  margin?: number;
}

/**
 * `max(0, margin + max_p d(a, p) - min_n d(a, n))`: of each anchor the farthest positive and the nearest negative
 * (sentence-transformers' `BatchHardTripletLoss`; pytorch-metric-learning's `BatchHardMiner` with a
 * `TripletMarginLoss`; Hermans et al., In Defense of the Triplet Loss, 2017). Euclidean distances of embeddings as they
 * are, and the mean over anchors, by default.
 *
 * An anchor without a positive or a negative is left out. With `definition: 'sentence-transformers'` it is not: without
 * a positive it is 0 from it, and pushes its nearest negative away; in a batch of one class each counts the whole
 * margin, without a gradient.
 *
 * @returns a scalar; 0 where there is no triplet.
 * @throws TypeError for a margin that is no number, RangeError for another definition.
 * @example
 * new torch.losses.BatchHardTripletLoss({ margin: 1 })(embeddings, labels).backward();
 */
export class BatchHardTripletLoss extends BatchHardLoss {
  margin: number;

  constructor(options: BatchHardTripletLossOptions = {}) {
    super('BatchHardTripletLoss', options);
    const { margin = 5 } = options;
    expectNumber('BatchHardTripletLoss: margin', margin);
    this.margin = margin;
  }

  protected override cost(gap: Tensor): Tensor {
    return gap.neg().add(this.margin).relu();
  }
}
