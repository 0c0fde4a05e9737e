/** Multiclass hinge loss as a module. */

import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import {
  type MulticlassHingeLossOptions,
  multiclassHinge,
  multiclassHingeDefaults,
} from './functional/multiclass-hinge-loss.ts';
import type { Reduction } from './functional/reduction.ts';
import { Module } from './module.ts';
import { reprFloat } from './python-repr.ts';

/** `Σ_{j≠c} max(0, s_j - s_c + Δ)` per sample: `nn.functional.multiclassHingeLoss` as a module. */
export class MulticlassHingeLoss extends Module {
  margin: number;
  reduction: Reduction;
  validate: boolean;

  constructor(...rest: Trailing<[margin: number], MulticlassHingeLossOptions>) {
    super();
    const options = readTrailing('MulticlassHingeLoss', ['margin'], rest, multiclassHingeDefaults);
    this.margin = options.margin;
    this.reduction = options.reduction;
    this.validate = options.validate;
  }

  /** Scores `[B, K]`, targets `[B]` int64. */
  forward(scores: Tensor, targets: Tensor): Tensor {
    return multiclassHinge('MulticlassHingeLoss', scores, targets, this);
  }

  override extraRepr(): string {
    return `margin=${reprFloat(this.margin)}`;
  }
}
