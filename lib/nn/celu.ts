/** The continuously differentiable exponential linear unit. */

import { celu, celu_ } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { expectNumber, readTrailing, type Trailing } from './arguments.ts';
import type { InplaceOption } from './functional/activations.ts';
import { Module } from './module.ts';
import { reprFloat } from './python-repr.ts';

export interface CELUOptions extends InplaceOption {
  /** What it falls to, negated; 1 by default. */
  alpha?: number;
}

/** `x` above 0, `α(exp(x / α) - 1)` below (`torch.nn.CELU`). */
export class CELU extends Module {
  alpha: number;
  inplace: boolean;

  constructor(...rest: Trailing<[alpha: number, inplace: boolean], CELUOptions>) {
    super();
    const options = readTrailing('CELU', ['alpha', 'inplace'], rest, { alpha: 1, inplace: false });
    this.alpha = expectNumber('CELU: alpha', options.alpha);
    this.inplace = options.inplace;
  }

  forward(input: Tensor): Tensor {
    return this.inplace ? celu_(input, this.alpha) : celu(input, this.alpha);
  }

  override extraRepr(): string {
    return `alpha=${reprFloat(this.alpha)}${this.inplace ? ', inplace=True' : ''}`;
  }
}
