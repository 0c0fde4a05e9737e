/** Binary hinge loss as a module. */

import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import { type BinaryLabels, expectConvention } from './functional/binary-labels.ts';
import {
  expectClassWeight,
  expectPower,
  type HingeLossOptions,
  type HingePower,
  hinge,
  hingeDefaults,
} from './functional/hinge-loss.ts';
import type { Reduction } from './functional/reduction.ts';
import { Module } from './module.ts';
import { reprFloat } from './python-repr.ts';

/** `max(0, m - y·s)^power` of scores and labels -1 or +1: `nn.functional.hingeLoss` as a module. */
export class HingeLoss extends Module {
  margin: number;
  power: HingePower;
  weight: Tensor | null;
  labels: BinaryLabels;
  reduction: Reduction;
  validate: boolean;

  constructor(...rest: Trailing<[margin: number], HingeLossOptions>) {
    super();
    const where = new.target.name;
    const options = readTrailing(where, ['margin'], rest, hingeDefaults);
    expectClassWeight(where, options.weight, 2);
    this.margin = options.margin;
    this.power = expectPower(where, options.power);
    this.weight = this.registerBuffer('weight', options.weight);
    this.labels = expectConvention(where, options.labels);
    this.reduction = options.reduction;
    this.validate = options.validate;
  }

  /** Scores of any shape, targets -1 or +1 of the same. */
  forward(scores: Tensor, targets: Tensor): Tensor {
    return hinge(this.constructor.name, scores, targets, this);
  }

  override extraRepr(): string {
    return `margin=${reprFloat(this.margin)}${this.power === 2 ? ', power=2' : ''}`;
  }
}
