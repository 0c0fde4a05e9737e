/** Hinge loss over every pair of a positive and a negative, as a module. */

import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import {
  type AllPairsHingeLossOptions,
  allPairsHinge,
  allPairsHingeDefaults,
} from './functional/all-pairs-hinge-loss.ts';
import { type BinaryLabels, expectConvention } from './functional/binary-labels.ts';
import { expectPower, type HingePower } from './functional/hinge-loss.ts';
import { expectAverage, type PairAverage } from './functional/pair-average.ts';
import type { Reduction } from './functional/reduction.ts';
import { Module } from './module.ts';
import { reprFloat } from './python-repr.ts';

/** `Σ max(0, m - s_i + s_j)^power` over positives i and negatives j: `nn.functional.allPairsHingeLoss` as a module. */
export class AllPairsHingeLoss extends Module {
  margin: number;
  power: HingePower;
  average: PairAverage;
  labels: BinaryLabels;
  reduction: Reduction;
  validate: boolean;

  constructor(...rest: Trailing<[margin: number], Omit<AllPairsHingeLossOptions, 'groups'>>) {
    super();
    const { groups: _, ...defaults } = allPairsHingeDefaults;
    const options = readTrailing('AllPairsHingeLoss', ['margin'], rest, defaults);
    this.margin = options.margin;
    this.power = expectPower('AllPairsHingeLoss', options.power);
    this.average = expectAverage('AllPairsHingeLoss', options.average);
    this.labels = expectConvention('AllPairsHingeLoss', options.labels);
    this.reduction = options.reduction;
    this.validate = options.validate;
  }

  /** Scores `[N]` or `[Q, L]`, targets of the same shape, and perhaps groups int64 `[N]`. */
  forward(scores: Tensor, targets: Tensor, groups: Tensor | null = null): Tensor {
    const { margin, power, average, labels, reduction, validate } = this;
    const options = { margin, power, average, labels, reduction, validate, groups };
    return allPairsHinge('AllPairsHingeLoss', scores, targets, options);
  }

  override extraRepr(): string {
    return `margin=${reprFloat(this.margin)}${this.power === 2 ? ', power=2' : ''}`;
  }
}
