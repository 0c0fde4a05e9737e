/** Layer normalisation (Ba, Kiros and Hinton 2016) and its form without a mean (Zhang and Sennrich 2019). */

import type { DeviceLike } from '../device.ts';
import type { DType } from '../dtype.ts';
import { empty } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { expectCount, readTrailing, type Trailing } from './arguments.ts';
import { layerNorm, rmsNorm } from './functional/normalization.ts';
import { ones_, zeros_ } from './init.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';
import { repr, reprFloat } from './python-repr.ts';

export interface RmsNormOptions {
  /** Added to the mean square; the dtype's smallest step by default, null. */
  eps?: number | null;
  /** Whether there is a weight; true by default. */
  elementwiseAffine?: boolean;
  device?: DeviceLike;
  dtype?: DType;
}

export interface LayerNormOptions {
  /** Added to the variance; 1e-5 by default. */
  eps?: number;
  /** Whether there is a weight and a bias; true by default. */
  elementwiseAffine?: boolean;
  /** Whether there is a bias beside the weight; true by default. */
  bias?: boolean;
  device?: DeviceLike;
  dtype?: DType;
}

function sizesOf(where: string, shape: number | readonly number[]): number[] {
  return (typeof shape === 'number' ? [shape] : [...shape]).map((size) => expectCount(where, size));
}

/**
 * Normalises over the last dimensions (`torch.nn.LayerNorm`).
 * @example
 * new nn.LayerNorm(64)(x); // [N, T, 64]
 */
export class LayerNorm extends Module {
  normalizedShape: number[];
  eps: number;
  elementwiseAffine: boolean;
  /** `[…normalizedShape]`. */
  weight: Parameter | null;
  /** `[…normalizedShape]`. */
  bias: Parameter | null;

  constructor(
    normalizedShape: number | readonly number[],
    ...rest: Trailing<[eps: number, elementwiseAffine: boolean, bias: boolean], LayerNormOptions>
  ) {
    super();
    const defaults = { eps: 1e-5, elementwiseAffine: true, bias: true, device: undefined, dtype: undefined };
    const { eps, elementwiseAffine, bias, ...factory } = readTrailing<LayerNormOptions>(
      'LayerNorm',
      ['eps', 'elementwiseAffine', 'bias'],
      rest,
      defaults,
    ) as Required<LayerNormOptions>;
    this.normalizedShape = sizesOf('LayerNorm: normalizedShape', normalizedShape);
    this.eps = eps;
    this.elementwiseAffine = elementwiseAffine;
    this.weight = elementwiseAffine ? new Parameter(empty(this.normalizedShape, factory)) : null;
    this.bias = elementwiseAffine && bias ? new Parameter(empty(this.normalizedShape, factory)) : null;
    this.resetParameters();
  }

  /** Makes the weight 1 and the bias 0. */
  resetParameters(): void {
    if (this.weight !== null) ones_(this.weight);
    if (this.bias !== null) zeros_(this.bias);
  }

  /** `[…, …normalizedShape]` to the same. */
  forward(input: Tensor): Tensor {
    return layerNorm(input, this.normalizedShape, this.weight, this.bias, this.eps);
  }

  override extraRepr(): string {
    return (
      `${repr(this.normalizedShape)}, eps=${reprFloat(this.eps)}, ` +
      `elementwise_affine=${repr(this.elementwiseAffine)}, bias=${repr(this.bias !== null)}`
    );
  }
}

/** Divides by the root of the mean square over the last dimensions (`torch.nn.RMSNorm`). */
export class RMSNorm extends Module {
  normalizedShape: number[];
  eps: number | null;
  elementwiseAffine: boolean;
  /** `[…normalizedShape]`. */
  weight: Parameter | null;

  constructor(
    normalizedShape: number | readonly number[],
    ...rest: Trailing<[eps: number | null, elementwiseAffine: boolean], RmsNormOptions>
  ) {
    super();
    const defaults = { eps: null, elementwiseAffine: true, device: undefined, dtype: undefined };
    const { eps, elementwiseAffine, ...factory } = readTrailing<RmsNormOptions>(
      'RMSNorm',
      ['eps', 'elementwiseAffine'],
      rest,
      defaults,
    ) as Required<RmsNormOptions>;
    this.normalizedShape = sizesOf('RMSNorm: normalizedShape', normalizedShape);
    this.eps = eps;
    this.elementwiseAffine = elementwiseAffine;
    this.weight = elementwiseAffine ? new Parameter(empty(this.normalizedShape, factory)) : null;
    this.resetParameters();
  }

  /** Makes the weight 1. */
  resetParameters(): void {
    if (this.weight !== null) ones_(this.weight);
  }

  /** `[…, …normalizedShape]` to the same. */
  forward(input: Tensor): Tensor {
    return rmsNorm(input, this.normalizedShape, this.weight, this.eps);
  }

  override extraRepr(): string {
    const eps = this.eps === null ? 'None' : reprFloat(this.eps);
    return `${repr(this.normalizedShape)}, eps=${eps}, elementwise_affine=${repr(this.elementwiseAffine)}`;
  }
}
