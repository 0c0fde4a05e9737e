/** Batch normalisation over the batches of all processes. */

import { describeValue, ShapeError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import { BatchNorm } from './batch-norm.ts';
import { Module } from './module.ts';
import type { NormOptions } from './running-norm.ts';

export interface SyncBatchNormOptions extends NormOptions {
  /** The processes to average over; null is all of them, and there is but one. */
  processGroup?: null;
}

type SyncBatchNormArguments = Trailing<
  [eps: number, momentum: number | null, affine: boolean, trackRunningStats: boolean, processGroup: null],
  SyncBatchNormOptions
>;

/**
 * Batch normalisation of `[N, C, …]` over the batches of all processes (`torch.nn.SyncBatchNorm`). In a single process it is
 * that of `BatchNorm`, as in PyTorch, on every device.
 */
export class SyncBatchNorm extends BatchNorm {
  readonly processGroup: null;

  constructor(numFeatures: number, ...rest: SyncBatchNormArguments) {
    const names = ['eps', 'momentum', 'affine', 'trackRunningStats', 'processGroup'] as const;
    const { processGroup, ...options } = readTrailing('SyncBatchNorm', names, rest, {
      eps: 1e-5,
      momentum: 0.1,
      affine: true,
      trackRunningStats: true,
      processGroup: null,
      bias: true,
      device: undefined,
      dtype: undefined,
    } as SyncBatchNormOptions);
    if (processGroup !== null) {
      throw new TypeError(
        `SyncBatchNorm: processGroup must be null in one process, got ${describeValue(processGroup)}`,
      );
    }
    super(numFeatures, options);
    this.processGroup = null;
  }

  /** Replaces every `BatchNorm` below a module, and the module itself if it is one; parameters and statistics stay. */
  static convertSyncBatchnorm(module: Module, processGroup: null = null): Module {
    if (!(module instanceof Module)) {
      throw new TypeError(`convertSyncBatchnorm: module must be a Module, got ${describeValue(module)}`);
    }
    const converted = module instanceof BatchNorm ? SyncBatchNorm.#like(module, processGroup) : module;
    for (const [name, child] of module.namedChildren()) {
      const replaced = SyncBatchNorm.convertSyncBatchnorm(child, processGroup);
      if (converted !== module) converted.registerModule(name, replaced);
      else if (replaced !== child) Reflect.set(module, name, replaced);
    }
    return converted;
  }

  static #like(module: BatchNorm, processGroup: null): SyncBatchNorm {
    const { numFeatures, eps, momentum, affine, trackRunningStats, training } = module;
    const bias = module.bias !== null;
    const converted = new SyncBatchNorm(numFeatures, eps, momentum, affine, trackRunningStats, processGroup, { bias });
    converted.weight = module.weight;
    converted.bias = module.bias;
    converted.running_mean = module.running_mean;
    converted.running_var = module.running_var;
    converted.num_batches_tracked = module.num_batches_tracked;
    converted.training = training;
    return converted;
  }

  protected override get dimensions(): readonly number[] {
    return [];
  }

  protected override expectDimensions(input: Tensor): void {
    const shape = input.shape;
    if (shape.length < 2 || shape[1] === 0) {
      throw new ShapeError(
        `SyncBatchNorm: input must be [N, C, …] with at least one channel, got [${shape.join(', ')}]`,
      );
    }
  }
}
