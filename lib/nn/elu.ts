/** The exponential linear unit. */

import { elu, elu_ } from '../generated/nn.ts';
import type { Tensor } from '../tensor.ts';
import { expectNumber, readTrailing, type Trailing } from './arguments.ts';
import type { InplaceOption } from './functional/activations.ts';
import { Module } from './module.ts';
import { reprFloat } from './python-repr.ts';

export interface ELUOptions extends InplaceOption {
  /** What it falls to, negated; 1 by default. */
  alpha?: number;
}

/** `x` above 0, `α(eˣ - 1)` below (`torch.nn.ELU`). */
export class ELU extends Module {
  alpha: number;
  inplace: boolean;

  constructor(...rest: Trailing<[alpha: number, inplace: boolean], ELUOptions>) {
    super();
    const options = readTrailing('ELU', ['alpha', 'inplace'], rest, { alpha: 1, inplace: false });
    this.alpha = expectNumber('ELU: alpha', options.alpha);
    this.inplace = options.inplace;
  }

  forward(input: Tensor): Tensor {
    return this.inplace ? elu_(input, this.alpha) : elu(input, this.alpha);
  }

  override extraRepr(): string {
    return `alpha=${reprFloat(this.alpha)}${this.inplace ? ', inplace=True' : ''}`;
  }
}
