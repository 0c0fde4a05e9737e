/** The rectifier that learns how it leaks. */

import type { DeviceLike } from '../device.ts';
import type { DType } from '../dtype.ts';
import { empty, prelu } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { expectCount, expectNumber, readTrailing, type Trailing } from './arguments.ts';
import { constant_ } from './init.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';

export interface PReLUOptions {
  /** 1, or one slope for each channel; 1 by default. */
  numParameters?: number;
  /** The initial slope; 0.25 by default. */
  init?: number;
  device?: DeviceLike;
  dtype?: DType;
}

/** `x` above 0, `a·x` below, where a is learned (`torch.nn.PReLU`). */
export class PReLU extends Module {
  numParameters: number;
  init: number;
  /** `[numParameters]`. */
  weight: Parameter;

  constructor(...rest: Trailing<[numParameters: number, init: number], PReLUOptions>) {
    super();
    const defaults = { numParameters: 1, init: 0.25, device: undefined, dtype: undefined };
    const options = readTrailing<PReLUOptions>('PReLU', ['numParameters', 'init'], rest, defaults);
    const { numParameters, init, ...factory } = options as PReLUOptions & { numParameters: number; init: number };
    this.numParameters = expectCount('PReLU: numParameters', numParameters);
    this.init = expectNumber('PReLU: init', init);
    this.weight = new Parameter(empty([numParameters], factory));
    this.resetParameters();
  }

  /** Sets every slope to `init`. */
  resetParameters(): void {
    constant_(this.weight, this.init);
  }

  /** `[N, C, …]` to the same; one slope for each channel where there are C. */
  forward(input: Tensor): Tensor {
    return prelu(input, this.weight);
  }

  override extraRepr(): string {
    return `num_parameters=${this.numParameters}`;
  }
}
