/** Multiclass hinge loss as a module. */

import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import { expectCost } from './functional/class-margins.ts';
import { expectPower, type HingePower } from './functional/hinge-loss.ts';
import {
  type MulticlassHingeLossOptions,
  multiclassHinge,
  multiclassHingeDefaults,
} from './functional/multiclass-hinge-loss.ts';
import type { Reduction } from './functional/reduction.ts';
import { Module } from './module.ts';
import { reprFloat } from './python-repr.ts';

/** `Σ_{j≠c} max(0, s_j - s_c + Δ)^power` per sample: `nn.functional.multiclassHingeLoss` as a module. */
export class MulticlassHingeLoss extends Module {
  margin: number;
  power: HingePower;
  weight: Tensor | null;
  cost: Tensor | null;
  reduction: Reduction;
  validate: boolean;

  constructor(...rest: Trailing<[margin: number], MulticlassHingeLossOptions>) {
    super();
    const where = 'MulticlassHingeLoss';
    const options = readTrailing(where, ['margin'], rest, multiclassHingeDefaults);
    if (options.cost !== null) expectCost(where, options.cost);
    this.margin = options.margin;
    this.power = expectPower(where, options.power);
    this.weight = this.registerBuffer('weight', options.weight);
    this.cost = this.registerBuffer('cost', options.cost);
    this.reduction = options.reduction;
    this.validate = options.validate;
  }

  /** Scores `[B, K]`, targets `[B]` int64. */
  forward(scores: Tensor, targets: Tensor): Tensor {
    return multiclassHinge('MulticlassHingeLoss', scores, targets, this);
  }

  override extraRepr(): string {
    return `margin=${reprFloat(this.margin)}${this.power === 2 ? ', power=2' : ''}`;
  }
}
