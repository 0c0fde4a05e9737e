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
    // Before PyTorch 0.4 running statistics were kept by default.
    this.registerLoadStateDictPreHook((module, state, prefix, _metadata, _strict, _missing, _unexpected, problems) => {
      if ((module as InstanceNorm).trackRunningStats) return;
      const keys = ['running_mean', 'running_var'].map((name) => `${prefix}${name}`).filter((key) => state.delete(key));
      if (keys.length === 0) return;
      const name = module.constructor.name;
      problems.push(
        `Unexpected running stats buffer(s) ${keys.map((key) => `"${key}"`).join(' and ')} for ${name} with ` +
          'track_running_stats=False. If state_dict is a checkpoint saved before 0.4.0, this may be expected because ' +
          `${name} does not track running stats by default since 0.4.0. Please remove these keys from state_dict. If ` +
          `the running stats are actually needed, instead set track_running_stats=True in ${name} to enable them. See ` +
          `the documentation of ${name} for details.`,
      );
    });
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
