/** Group normalisation (Wu and He 2018). */

import type { DeviceLike } from '../device.ts';
import type { DType } from '../dtype.ts';
import { empty } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { expectCount, readTrailing, type Trailing } from './arguments.ts';
import { groupNorm } from './functional/normalization.ts';
import { ones_, zeros_ } from './init.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';
import { repr, reprFloat } from './python-repr.ts';

export interface GroupNormOptions {
  /** Added to the variance; 1e-5 by default. */
  eps?: number;
  /** Whether there is a weight and a bias; true by default. */
  affine?: boolean;
  /** Whether there is a bias beside the weight; true by default. */
  bias?: boolean;
  device?: DeviceLike;
  dtype?: DType;
}

/**
 * Normalises groups of channels of each instance (`torch.nn.GroupNorm`).
 * @throws RangeError if the channels do not divide into groups.
 */
export class GroupNorm extends Module {
  numGroups: number;
  numChannels: number;
  eps: number;
  affine: boolean;
  /** `[numChannels]`. */
  weight: Parameter | null;
  /** `[numChannels]`. */
  bias: Parameter | null;

  constructor(
    numGroups: number,
    numChannels: number,
    ...rest: Trailing<[eps: number, affine: boolean], GroupNormOptions>
  ) {
    super();
    const defaults = { eps: 1e-5, affine: true, bias: true, device: undefined, dtype: undefined };
    const { eps, affine, bias, ...factory } = readTrailing<GroupNormOptions>(
      'GroupNorm',
      ['eps', 'affine'],
      rest,
      defaults,
    ) as Required<GroupNormOptions>;
    this.numGroups = expectCount('GroupNorm: numGroups', numGroups, 1);
    this.numChannels = expectCount('GroupNorm: numChannels', numChannels);
    if (numChannels % numGroups !== 0) {
      throw new RangeError(`GroupNorm: numChannels must be divisible by numGroups ${numGroups}, got ${numChannels}`);
    }
    this.eps = eps;
    this.affine = affine;
    this.weight = affine ? new Parameter(empty([numChannels], factory)) : null;
    this.bias = affine && bias ? new Parameter(empty([numChannels], factory)) : null;
    this.resetParameters();
  }

  /** Makes the weight 1 and the bias 0. */
  resetParameters(): void {
    if (this.weight !== null) ones_(this.weight);
    if (this.bias !== null) zeros_(this.bias);
  }

  /** `[N, numChannels, …]` to the same. */
  forward(input: Tensor): Tensor {
    return groupNorm(input, this.numGroups, this.weight, this.bias, this.eps);
  }

  override extraRepr(): string {
    return (
      `${this.numGroups}, ${this.numChannels}, eps=${reprFloat(this.eps)}, affine=${repr(this.affine)}, ` +
      `bias=${repr(this.bias !== null)}`
    );
  }
}
