/** The rectifier. */

import { relu, relu_ } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import { Module } from './module.ts';

export interface InplaceOption {
  /** Changes the input itself. */
  inplace?: boolean;
}

/** `max(0, x)` (`torch.nn.ReLU`). */
export class ReLU extends Module {
  inplace: boolean;

  constructor(...rest: Trailing<[inplace: boolean], InplaceOption>) {
    super();
    this.inplace = readTrailing('ReLU', ['inplace'], rest, { inplace: false }).inplace;
  }

  forward(input: Tensor): Tensor {
    return this.inplace ? relu_(input) : relu(input);
  }

  override extraRepr(): string {
    return this.inplace ? 'inplace=True' : '';
  }
}
