/** Dropout as a layer. */

import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import { dropout, expectProbability } from './functional/dropout.ts';
import { Module } from './module.ts';
import { repr, reprFloat } from './python-repr.ts';

export interface DropoutLayerOptions {
  /** The probability of an element to become zero; 0.5 by default. */
  p?: number;
  /** Changes the input itself. */
  inplace?: boolean;
}

/**
 * Sets elements to zero at random in training mode, and does nothing in evaluation mode (`torch.nn.Dropout`).
 * @throws RangeError if `p` is not between 0 and 1.
 */
export class Dropout extends Module {
  p: number;
  inplace: boolean;

  constructor(...rest: Trailing<[p: number, inplace: boolean], DropoutLayerOptions>) {
    super();
    const { p, inplace } = readTrailing('Dropout', ['p', 'inplace'], rest, { p: 0.5, inplace: false });
    this.p = expectProbability('Dropout', p);
    this.inplace = inplace;
  }

  forward(input: Tensor): Tensor {
    return dropout(input, this.p, this.training, this.inplace);
  }

  override extraRepr(): string {
    return `p=${reprFloat(this.p)}, inplace=${repr(this.inplace)}`;
  }
}
