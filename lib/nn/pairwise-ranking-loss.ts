/** Pairwise ranking loss as a module. */

import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import { expectPower, type HingePower } from './functional/hinge-loss.ts';
import {
  type PairwiseRankingLossOptions,
  pairwiseRanking,
  pairwiseRankingDefaults,
} from './functional/pairwise-ranking-loss.ts';
import type { Reduction } from './functional/reduction.ts';
import { Module } from './module.ts';
import { reprFloat } from './python-repr.ts';

/** `max(0, m - s⁺ + s⁻)^power`: `nn.functional.pairwiseRankingLoss` as a module. */
export class PairwiseRankingLoss extends Module {
  margin: number;
  power: HingePower;
  reduction: Reduction;

  constructor(...rest: Trailing<[margin: number], PairwiseRankingLossOptions>) {
    super();
    const options = readTrailing('PairwiseRankingLoss', ['margin'], rest, pairwiseRankingDefaults);
    this.margin = options.margin;
    this.power = expectPower('PairwiseRankingLoss', options.power);
    this.reduction = options.reduction;
  }

  /** Scores of the items that belong above, and of those below, of the same shape. */
  forward(positiveScores: Tensor, negativeScores: Tensor): Tensor {
    return pairwiseRanking('PairwiseRankingLoss', positiveScores, negativeScores, this);
  }

  override extraRepr(): string {
    return `margin=${reprFloat(this.margin)}${this.power === 2 ? ', power=2' : ''}`;
  }
}
