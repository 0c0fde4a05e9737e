/** What batch and instance normalisation share: statistics of each feature, running ones, a scale and a shift. */

import { tensor } from '../creation.ts';
import type { DeviceLike } from '../device.ts';
import type { DType } from '../dtype.ts';
import { ShapeError } from '../errors.ts';
import { empty, ones, zeros } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { expectCount, readTrailing, type Trailing } from './arguments.ts';
import { ones_, zeros_ } from './init.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';
import { repr, reprFloat } from './python-repr.ts';

export interface NormOptions {
  /** Added to the variance; 1e-5 by default. */
  eps?: number;
  /** The weight of a batch in the running statistics, null for the mean over all batches; 0.1 by default. */
  momentum?: number | null;
  /** Whether there is a weight and a bias. */
  affine?: boolean;
  /** Whether running statistics are kept for evaluation. */
  trackRunningStats?: boolean;
  /** Whether there is a bias beside the weight; true by default. */
  bias?: boolean;
  device?: DeviceLike;
  dtype?: DType;
}

export type NormArguments = Trailing<
  [eps: number, momentum: number | null, affine: boolean, trackRunningStats: boolean],
  NormOptions
>;

/** The base of `BatchNorm` and `InstanceNorm`. */
export abstract class RunningNorm extends Module {
  numFeatures: number;
  eps: number;
  momentum: number | null;
  affine: boolean;
  trackRunningStats: boolean;
  /** `[numFeatures]`. */
  weight: Parameter | null;
  /** `[numFeatures]`. */
  bias: Parameter | null;
  // Their names in the state dict.
  running_mean: Tensor | null;
  running_var: Tensor | null;
  num_batches_tracked: Tensor | null;

  constructor(
    numFeatures: number,
    rest: readonly unknown[],
    byDefault: { affine: boolean; trackRunningStats: boolean },
  ) {
    super();
    const name = this.constructor.name;
    const options = readTrailing(name, ['eps', 'momentum', 'affine', 'trackRunningStats'], rest, {
      eps: 1e-5,
      momentum: 0.1,
      ...byDefault,
      bias: true,
      device: undefined,
      dtype: undefined,
    } as NormOptions) as Required<NormOptions>;
    const { eps, momentum, affine, trackRunningStats, bias, device, dtype } = options;
    this.numFeatures = expectCount(`${name}: numFeatures`, numFeatures);
    this.eps = eps;
    this.momentum = momentum;
    this.affine = affine;
    this.trackRunningStats = trackRunningStats;
    const make = () => new Parameter(empty([numFeatures], { device, dtype }));
    this.weight = affine ? make() : null;
    this.bias = affine && bias ? make() : null;
    const size = [numFeatures];
    this.running_mean = this.registerBuffer('running_mean', trackRunningStats ? zeros(size, { device, dtype }) : null);
    this.running_var = this.registerBuffer('running_var', trackRunningStats ? ones(size, { device, dtype }) : null);
    const count = trackRunningStats ? tensor(0, { dtype: 'int64', device }) : null;
    this.num_batches_tracked = this.registerBuffer('num_batches_tracked', count);
    this.resetParameters();
    // Files from before PyTorch 0.4.1 have no count of batches.
    this.registerLoadStateDictPreHook((module, state, prefix) => {
      const key = `${prefix}num_batches_tracked`;
      const own = (module as RunningNorm).num_batches_tracked;
      if (own !== null && !state.has(key)) state.set(key, own.device === 'meta' ? tensor(0, { dtype: 'int64' }) : own);
    });
  }

  /** Forgets the running statistics. */
  resetRunningStats(): void {
    if (this.running_mean !== null) zeros_(this.running_mean);
    if (this.running_var !== null) ones_(this.running_var);
    if (this.num_batches_tracked !== null) zeros_(this.num_batches_tracked);
  }

  /** Forgets the running statistics, and makes the weight 1 and the bias 0. */
  resetParameters(): void {
    this.resetRunningStats();
    if (this.weight !== null) ones_(this.weight);
    if (this.bias !== null) zeros_(this.bias);
  }

  override extraRepr(): string {
    const momentum = this.momentum === null ? 'None' : reprFloat(this.momentum);
    return (
      `${this.numFeatures}, eps=${reprFloat(this.eps)}, momentum=${momentum}, affine=${repr(this.affine)}, ` +
      `bias=${repr(this.bias !== null)}, track_running_stats=${repr(this.trackRunningStats)}`
    );
  }

  /** Checks how many dimensions an input has. */
  protected expectDimensions(input: Tensor, allowed: readonly number[]): void {
    if (allowed.includes(input.ndim)) return;
    const wanted = allowed.map((count) => `${count}D`).join(' or ');
    throw new ShapeError(`${this.constructor.name}: input must be ${wanted}, got [${input.shape.join(', ')}]`);
  }
}
