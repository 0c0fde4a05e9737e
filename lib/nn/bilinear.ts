/** A product of two inputs. */

import { bilinear, empty } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { expectCount, readTrailing, type Trailing } from './arguments.ts';
import { uniform_ } from './init.ts';
import type { LinearOptions } from './linear.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';
import { repr } from './python-repr.ts';

/**
 * `y_k = x1ᵀ·W_k·x2 + b_k` (`torch.nn.Bilinear`).
 * @throws RangeError if `in1Features` is not positive.
 */
export class Bilinear extends Module {
  in1Features: number;
  in2Features: number;
  outFeatures: number;
  /** `[outFeatures, in1Features, in2Features]`. */
  weight: Parameter;
  /** `[outFeatures]`. */
  bias: Parameter | null;

  constructor(
    in1Features: number,
    in2Features: number,
    outFeatures: number,
    ...rest: Trailing<[bias: boolean], LinearOptions>
  ) {
    super();
    const defaults: LinearOptions = { bias: true, device: undefined, dtype: undefined };
    const { bias, ...factory } = readTrailing('Bilinear', ['bias'], rest, defaults);
    this.in1Features = expectCount('Bilinear: in1Features', in1Features, 1);
    this.in2Features = expectCount('Bilinear: in2Features', in2Features);
    this.outFeatures = expectCount('Bilinear: outFeatures', outFeatures);
    this.weight = new Parameter(empty([outFeatures, in1Features, in2Features], factory));
    this.bias = bias === false ? null : new Parameter(empty([outFeatures], factory));
    this.resetParameters();
  }

  /** Draws new initial values: uniform in ±1/√in1Features. */
  resetParameters(): void {
    const bound = 1 / Math.sqrt(this.in1Features);
    uniform_(this.weight, -bound, bound);
    if (this.bias !== null) uniform_(this.bias, -bound, bound);
  }

  /** `[…, in1Features]` and `[…, in2Features]` to `[…, outFeatures]`. */
  forward(input1: Tensor, input2: Tensor): Tensor {
    return bilinear(input1, input2, this.weight, this.bias);
  }

  override extraRepr(): string {
    const { in1Features, in2Features, outFeatures, bias } = this;
    return (
      `in1_features=${in1Features}, in2_features=${in2Features}, out_features=${outFeatures}, ` +
      `bias=${repr(bias !== null)}`
    );
  }
}
