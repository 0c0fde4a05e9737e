/** The threshold. */

import { threshold, threshold_ } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { expectNumber, readTrailing, type Trailing } from './arguments.ts';
import type { InplaceOption } from './functional/activations.ts';
import { Module } from './module.ts';
import { reprFloat } from './python-repr.ts';

/** `x` above `threshold`, `value` elsewhere (`torch.nn.Threshold`). */
export class Threshold extends Module {
  threshold: number;
  value: number;
  inplace: boolean;

  constructor(threshold: number, value: number, ...rest: Trailing<[inplace: boolean], InplaceOption>) {
    super();
    this.threshold = expectNumber('Threshold: threshold', threshold);
    this.value = expectNumber('Threshold: value', value);
    this.inplace = readTrailing('Threshold', ['inplace'], rest, { inplace: false }).inplace;
  }

  forward(input: Tensor): Tensor {
    return (this.inplace ? threshold_ : threshold)(input, this.threshold, this.value);
  }

  override extraRepr(): string {
    const inplace = this.inplace ? ', inplace=True' : '';
    return `threshold=${reprFloat(this.threshold)}, value=${reprFloat(this.value)}${inplace}`;
  }
}
