/** The smooth rectifier. */

import { softplus } from '../generated/nn.ts';
import type { Tensor } from '../tensor.ts';
import { expectNumber, readTrailing, type Trailing } from './arguments.ts';

import { Module } from './module.ts';
import { reprFloat } from './python-repr.ts';

export interface SoftplusOptions {
  /** How sharp it bends; 1 by default. */
  beta?: number;
  /** Above which it counts as linear; 20 by default. */
  threshold?: number;
}

/** `log(1 + exp(βx)) / β`, and `x` itself where `βx` is above the threshold (`torch.nn.Softplus`). */
export class Softplus extends Module {
  beta: number;
  threshold: number;

  constructor(...rest: Trailing<[beta: number, threshold: number], SoftplusOptions>) {
    super();
    const options = readTrailing('Softplus', ['beta', 'threshold'], rest, { beta: 1, threshold: 20 });
    this.beta = expectNumber('Softplus: beta', options.beta);
    this.threshold = expectNumber('Softplus: threshold', options.threshold);
  }

  forward(input: Tensor): Tensor {
    return softplus(input, this.beta, this.threshold);
  }

  override extraRepr(): string {
    return `beta=${reprFloat(this.beta)}, threshold=${reprFloat(this.threshold)}`;
  }
}
