/** The rectifier that leaks at random. */

import { rrelu, rrelu_ } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { expectNumber, readTrailing, type Trailing } from './arguments.ts';
import type { InplaceOption } from './functional/activations.ts';
import { Module } from './module.ts';
import { reprFloat } from './python-repr.ts';

export interface RReLUOptions extends InplaceOption {
  /** The least slope below 0; 1/8 by default. */
  lower?: number;
  /** The greatest; 1/3 by default. */
  upper?: number;
}

/** `x` above 0, `a·x` below, where a is drawn for each element from `lower` to `upper` in training and is their mean in evaluation (`torch.nn.RReLU`). */
export class RReLU extends Module {
  lower: number;
  upper: number;
  inplace: boolean;

  constructor(...rest: Trailing<[lower: number, upper: number, inplace: boolean], RReLUOptions>) {
    super();
    const options = readTrailing('RReLU', ['lower', 'upper', 'inplace'], rest, {
      lower: 1 / 8,
      upper: 1 / 3,
      inplace: false,
    });
    this.lower = expectNumber('RReLU: lower', options.lower);
    this.upper = expectNumber('RReLU: upper', options.upper);
    this.inplace = options.inplace;
  }

  forward(input: Tensor): Tensor {
    return (this.inplace ? rrelu_ : rrelu)(input, this.lower, this.upper, this.training);
  }

  override extraRepr(): string {
    return `lower=${reprFloat(this.lower)}, upper=${reprFloat(this.upper)}${this.inplace ? ', inplace=True' : ''}`;
  }
}
