/** Hinge loss of ranked lists as a module. */

import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import { expectPower, type HingePower } from './functional/hinge-loss.ts';
import {
  type ListwiseHingeLossOptions,
  listwiseHinge,
  listwiseHingeDefaults,
} from './functional/listwise-hinge-loss.ts';
import { expectAverage, type PairAverage } from './functional/pair-average.ts';
import type { Reduction } from './functional/reduction.ts';
import { Module } from './module.ts';
import { reprFloat } from './python-repr.ts';

/** `Σ max(0, m - s_i + s_j)^power` over pairs of a list with `r_i > r_j`: `nn.functional.listwiseHingeLoss` as a module. */
export class ListwiseHingeLoss extends Module {
  margin: number;
  power: HingePower;
  average: PairAverage;
  reduction: Reduction;
  validate: boolean;

  constructor(...rest: Trailing<[margin: number], Omit<ListwiseHingeLossOptions, 'groups'>>) {
    super();
    const { groups: _, ...defaults } = listwiseHingeDefaults;
    const options = readTrailing('ListwiseHingeLoss', ['margin'], rest, defaults);
    this.margin = options.margin;
    this.power = expectPower('ListwiseHingeLoss', options.power);
    this.average = expectAverage('ListwiseHingeLoss', options.average);
    this.reduction = options.reduction;
    this.validate = options.validate;
  }

  /** Scores `[N]` or `[Q, L]`, relevances of the same shape, and perhaps groups int64 `[N]`. */
  forward(scores: Tensor, relevances: Tensor, groups: Tensor | null = null): Tensor {
    const { margin, power, average, reduction, validate } = this;
    const options = { margin, power, average, reduction, validate, groups };
    return listwiseHinge('ListwiseHingeLoss', scores, relevances, options);
  }

  override extraRepr(): string {
    return `margin=${reprFloat(this.margin)}${this.power === 2 ? ', power=2' : ''}`;
  }
}
