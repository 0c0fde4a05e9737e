/** The hard shrinkage. */

import { hardshrink } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { expectNumber, readTrailing, type Trailing } from './arguments.ts';

import { Module } from './module.ts';
import { reprFloat } from './python-repr.ts';

export interface HardshrinkOptions {
  /** Where it begins; 0.5 by default. */
  lambd?: number;
}

/** `x` outside of `±lambd`, 0 inside (`torch.nn.Hardshrink`). */
export class Hardshrink extends Module {
  lambd: number;

  constructor(...rest: Trailing<[lambd: number], HardshrinkOptions>) {
    super();
    const options = readTrailing('Hardshrink', ['lambd'], rest, { lambd: 0.5 });
    this.lambd = expectNumber('Hardshrink: lambd', options.lambd);
  }

  forward(input: Tensor): Tensor {
    return hardshrink(input, this.lambd);
  }

  override extraRepr(): string {
    return `${reprFloat(this.lambd)}`;
  }
}
