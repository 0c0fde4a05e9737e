/** PyTorch's multiclass margin loss as a module. */

import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import {
  expectMultiMargin,
  type MultiMarginLossOptions,
  multiMargin,
  multiMarginDefaults,
  multiMarginNames,
} from './functional/multi-margin-loss.ts';
import type { Reduction } from './functional/reduction.ts';
import { Module } from './module.ts';

/** `(1/C)·Σ_{j≠y} w_y·max(0, m - x_y + x_j)^p` (`torch.nn.MultiMarginLoss`). */
export class MultiMarginLoss extends Module {
  p: 1 | 2;
  margin: number;
  weight: Tensor | null;
  reduction: Reduction;
  validate: boolean;

  constructor(...rest: Trailing<[p: 1 | 2, margin: number, weight: Tensor | null], MultiMarginLossOptions>) {
    super();
    const options = readTrailing('MultiMarginLoss', multiMarginNames, rest, multiMarginDefaults);
    expectMultiMargin('MultiMarginLoss', options.p, options.weight);
    this.p = options.p;
    this.margin = options.margin;
    this.weight = this.registerBuffer('weight', options.weight);
    this.reduction = options.reduction;
    this.validate = options.validate;
  }

  /** Scores `[N, C]`, targets `[N]` int64. */
  forward(input: Tensor, target: Tensor): Tensor {
    return multiMargin('MultiMarginLoss', input, target, this);
  }
}
