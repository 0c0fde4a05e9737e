/** Instance normalisation (Ulyanov, Vedaldi and Lempitsky 2016). */

import { ShapeError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { instanceNorm } from './functional/normalization.ts';
import { type NormArguments, RunningNorm } from './running-norm.ts';

abstract class InstanceNorm extends RunningNorm {
  /** The dimensions of an instance. */
  protected abstract readonly dimensions: number;

  constructor(numFeatures: number, ...rest: NormArguments) {
    super(numFeatures, rest, { affine: false, trackRunningStats: false });
  }

  /** Normalises each channel of each instance; an input without N is one instance. */
  forward(input: Tensor): Tensor {
    const { dimensions, numFeatures } = this;
    this.expectDimensions(input, [dimensions, dimensions + 1]);
    const place = input.ndim - dimensions;
    const features = input.shape[place];
    if (features !== numFeatures) {
      const message = `${this.constructor.name}: input must have ${numFeatures} features in dimension ${place}, got ${features}`;
      if (this.affine) throw new ShapeError(message);
      process.emitWarning(`${message}; without affine numFeatures is not used`, 'TorchWarning');
    }
    return input.ndim === dimensions ? this.normalize(input.unsqueeze(0)).squeeze(0) : this.normalize(input);
  }

  private normalize(input: Tensor): Tensor {
    const { running_mean: mean, running_var: variance, weight, bias, eps } = this;
    const usesInput = this.training || !this.trackRunningStats;
    return instanceNorm(input, mean, variance, weight, bias, usesInput, this.momentum ?? 0, eps);
  }
}

/** Instance normalisation of `[N, C, L]` or `[C, L]` (`torch.nn.InstanceNorm1d`). */
export class InstanceNorm1d extends InstanceNorm {
  protected get dimensions(): number {
    return 2;
  }
}

/** Instance normalisation of `[N, C, H, W]` or `[C, H, W]` (`torch.nn.InstanceNorm2d`). */
export class InstanceNorm2d extends InstanceNorm {
  protected get dimensions(): number {
    return 3;
  }
}

/** Instance normalisation of `[N, C, D, H, W]` or `[C, D, H, W]` (`torch.nn.InstanceNorm3d`). */
export class InstanceNorm3d extends InstanceNorm {
  protected get dimensions(): number {
    return 4;
  }
}
