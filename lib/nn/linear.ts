/** The fully connected layer. */

import type { DeviceLike } from '../device.ts';
import type { DType } from '../dtype.ts';
import { linear } from '../generated/nn.ts';
import { empty } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { expectCount, readTrailing, type Trailing } from './arguments.ts';
import { resetWeightAndBias } from './init.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';
import { repr } from './python-repr.ts';

export interface LinearOptions {
  /** Whether there is a bias; true by default. */
  bias?: boolean;
  device?: DeviceLike;
  dtype?: DType;
}

/**
 * `y = x·Wᵀ + b` (`torch.nn.Linear`).
 *
 * @example
 * const scores = new nn.Linear(10, 32)(x); // [N, 10] -> [N, 32]
 */
export class Linear extends Module {
  inFeatures: number;
  outFeatures: number;
  /** `[outFeatures, inFeatures]`. */
  weight: Parameter;
  /** `[outFeatures]`. */
  bias: Parameter | null;

  constructor(inFeatures: number, outFeatures: number, ...rest: Trailing<[bias: boolean], LinearOptions>) {
    super();
    const { bias, ...factory } = readTrailing<LinearOptions>('Linear', ['bias'], rest, {
      bias: true,
      device: undefined,
      dtype: undefined,
    });
    this.inFeatures = expectCount('Linear: inFeatures', inFeatures);
    this.outFeatures = expectCount('Linear: outFeatures', outFeatures);
    this.weight = new Parameter(empty([outFeatures, inFeatures], factory));
    this.bias = bias === false ? null : new Parameter(empty([outFeatures], factory));
    this.resetParameters();
  }

  /** Draws new initial values: uniform in ±1/√inFeatures. */
  resetParameters(): void {
    resetWeightAndBias(this.weight, this.bias);
  }

  /** `[…, inFeatures]` to `[…, outFeatures]`. */
  forward(input: Tensor): Tensor {
    return linear(input, this.weight, this.bias);
  }

  override extraRepr(): string {
    return `in_features=${this.inFeatures}, out_features=${this.outFeatures}, bias=${repr(this.bias !== null)}`;
  }
}
