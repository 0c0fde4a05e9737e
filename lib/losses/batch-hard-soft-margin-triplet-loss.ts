import { softplus } from '../nn/functional/index.ts';
import type { Tensor } from '../tensor.ts';
import { BatchHardLoss, type BatchHardOptions } from './batch-hard-loss.ts';

/**
 * `log(1 + exp(max_p d(a, p) - min_n d(a, n)))`: `BatchHardTripletLoss` without a margin to choose, which goes on
 * pulling where a margin is met (sentence-transformers' `BatchHardSoftMarginTripletLoss`; Hermans et al., In Defense of
 * the Triplet Loss, 2017). Euclidean distances of embeddings as they are, and the mean over anchors, by default.
 *
 * @returns a scalar; 0 where there is no triplet.
 * @throws RangeError for another definition.
 * @example
 * new torch.losses.BatchHardSoftMarginTripletLoss()(embeddings, labels).backward();
 */
export class BatchHardSoftMarginTripletLoss extends BatchHardLoss {
  constructor(options: BatchHardOptions = {}) {
    super('BatchHardSoftMarginTripletLoss', options);
  }

  protected override cost(gap: Tensor): Tensor {
    return softplus(gap.neg());
  }
}
