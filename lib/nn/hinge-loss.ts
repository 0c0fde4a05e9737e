/** Binary hinge loss as a module. */

import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import { type HingeLossOptions, hingeDefaults, marginError } from './functional/hinge-loss.ts';
import { type Reduction, reduce } from './functional/reduction.ts';
import { Module } from './module.ts';
import { reprFloat } from './python-repr.ts';

/** `max(0, m - y·s)` of scores and labels -1 or +1: `nn.functional.hingeLoss` as a module. */
export class HingeLoss extends Module {
  margin: number;
  reduction: Reduction;
  validate: boolean;

  constructor(...rest: Trailing<[margin: number], HingeLossOptions>) {
    super();
    const options = readTrailing(new.target.name, ['margin'], rest, hingeDefaults);
    this.margin = options.margin;
    this.reduction = options.reduction;
    this.validate = options.validate;
  }

  /** Scores of any shape, targets -1 or +1 of the same. */
  forward(scores: Tensor, targets: Tensor): Tensor {
    const where = this.constructor.name;
    return reduce(where, this.power(marginError(where, scores, targets, this)), this.reduction);
  }

  /** What becomes of `max(0, m - y·s)`. */
  protected power(violation: Tensor): Tensor {
    return violation;
  }

  override extraRepr(): string {
    return `margin=${reprFloat(this.margin)}`;
  }
}
