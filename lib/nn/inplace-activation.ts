/** What activations have in common whose only option is to work in place. */

import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import type { InplaceOption } from './functional/activations.ts';
import { Module } from './module.ts';

/** An activation without parameters that may change its input itself. */
export abstract class InplaceActivation extends Module {
  inplace: boolean;

  constructor(...rest: Trailing<[inplace: boolean], InplaceOption>) {
    super();
    this.inplace = readTrailing(new.target.name, ['inplace'], rest, { inplace: false }).inplace;
  }

  abstract override forward(input: Tensor): Tensor;

  override extraRepr(): string {
    return this.inplace ? 'inplace=True' : '';
  }
}
