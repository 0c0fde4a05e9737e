/** Batch normalisation (Ioffe and Szegedy 2015). */

import type { Tensor } from '../tensor.ts';
import { batchNorm } from './functional/normalization.ts';
import { type NormArguments, RunningNorm } from './running-norm.ts';

/** What those of all dimensions have in common. */
export abstract class BatchNorm extends RunningNorm {
  protected abstract readonly dimensions: readonly number[];

  constructor(numFeatures: number, ...rest: NormArguments) {
    super(numFeatures, rest, { affine: true, trackRunningStats: true });
  }

  /** Normalises each channel: in training mode by the batch's mean and variance, else by the running ones. */
  forward(input: Tensor): Tensor {
    this.expectDimensions(input, this.dimensions);
    const { running_mean: mean, running_var: variance, weight, bias, eps, training, trackRunningStats } = this;
    let momentum = this.momentum ?? 0;
    if (training && trackRunningStats && this.num_batches_tracked !== null) {
      this.num_batches_tracked.add_(1);
      if (this.momentum === null) momentum = 1 / (this.num_batches_tracked.item() as number);
    }
    const usesBatch = training || (mean === null && variance === null);
    const keeps = !training || trackRunningStats;
    return batchNorm(input, keeps ? mean : null, keeps ? variance : null, weight, bias, usesBatch, momentum, eps);
  }
}

/** Batch normalisation of `[N, C]` or `[N, C, L]` (`torch.nn.BatchNorm1d`). */
export class BatchNorm1d extends BatchNorm {
  protected get dimensions(): readonly number[] {
    return [2, 3];
  }
}

/** Batch normalisation of `[N, C, H, W]` (`torch.nn.BatchNorm2d`). */
export class BatchNorm2d extends BatchNorm {
  protected get dimensions(): readonly number[] {
    return [4];
  }
}

/** Batch normalisation of `[N, C, D, H, W]` (`torch.nn.BatchNorm3d`). */
export class BatchNorm3d extends BatchNorm {
  protected get dimensions(): readonly number[] {
    return [5];
  }
}
