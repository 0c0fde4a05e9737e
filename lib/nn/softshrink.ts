/** The soft shrinkage. */

import { softshrink } from '../generated/nn.ts';
import type { Tensor } from '../tensor.ts';
import { expectNumber, readTrailing, type Trailing } from './arguments.ts';

import { Module } from './module.ts';
import { reprFloat } from './python-repr.ts';

export interface SoftshrinkOptions {
  /** By how much; 0.5 by default. */
  lambd?: number;
}

/** `x` drawn towards 0 by `lambd`, 0 within it (`torch.nn.Softshrink`). */
export class Softshrink extends Module {
  lambd: number;

  constructor(...rest: Trailing<[lambd: number], SoftshrinkOptions>) {
    super();
    const options = readTrailing('Softshrink', ['lambd'], rest, { lambd: 0.5 });
    this.lambd = expectNumber('Softshrink: lambd', options.lambd);
  }

  forward(input: Tensor): Tensor {
    return softshrink(input, this.lambd);
  }

  override extraRepr(): string {
    return `${reprFloat(this.lambd)}`;
  }
}
