/** The rectifier that leaks. */

import { leakyRelu, leakyRelu_ } from '../generated/nn.ts';
import type { Tensor } from '../tensor.ts';
import { expectNumber, readTrailing, type Trailing } from './arguments.ts';
import type { InplaceOption } from './functional/activations.ts';
import { Module } from './module.ts';
import { reprFloat } from './python-repr.ts';

export interface LeakyReLUOptions extends InplaceOption {
  /** The slope below 0; 0.01 by default. */
  negativeSlope?: number;
}

/** `x` above 0, `negativeSlope·x` below (`torch.nn.LeakyReLU`). */
export class LeakyReLU extends Module {
  negativeSlope: number;
  inplace: boolean;

  constructor(...rest: Trailing<[negativeSlope: number, inplace: boolean], LeakyReLUOptions>) {
    super();
    const options = readTrailing('LeakyReLU', ['negativeSlope', 'inplace'], rest, {
      negativeSlope: 0.01,
      inplace: false,
    });
    this.negativeSlope = expectNumber('LeakyReLU: negativeSlope', options.negativeSlope);
    this.inplace = options.inplace;
  }

  forward(input: Tensor): Tensor {
    return this.inplace ? leakyRelu_(input, this.negativeSlope) : leakyRelu(input, this.negativeSlope);
  }

  override extraRepr(): string {
    return `negative_slope=${reprFloat(this.negativeSlope)}${this.inplace ? ', inplace=True' : ''}`;
  }
}
