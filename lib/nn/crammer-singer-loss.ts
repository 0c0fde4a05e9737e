/** The hinge of the worst wrong class as a module. */

import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import {
  type CrammerSingerLossOptions,
  crammerSinger,
  crammerSingerDefaults,
} from './functional/crammer-singer-loss.ts';
import { expectPower, type HingePower } from './functional/hinge-loss.ts';
import type { Reduction } from './functional/reduction.ts';
import { Module } from './module.ts';
import { reprFloat } from './python-repr.ts';

/** `max(0, max_{j≠c} s_j - s_c + Δ)^power` per sample: `nn.functional.crammerSingerLoss` as a module. */
export class CrammerSingerLoss extends Module {
  margin: number;
  power: HingePower;
  weight: Tensor | null;
  reduction: Reduction;
  validate: boolean;

  constructor(...rest: Trailing<[margin: number], CrammerSingerLossOptions>) {
    super();
    const options = readTrailing('CrammerSingerLoss', ['margin'], rest, crammerSingerDefaults);
    this.margin = options.margin;
    this.power = expectPower('CrammerSingerLoss', options.power);
    this.weight = this.registerBuffer('weight', options.weight);
    this.reduction = options.reduction;
    this.validate = options.validate;
  }

  /** Scores `[B, K]`, targets `[B]` int64. */
  forward(scores: Tensor, targets: Tensor): Tensor {
    return crammerSinger('CrammerSingerLoss', scores, targets, this);
  }

  override extraRepr(): string {
    return `margin=${reprFloat(this.margin)}${this.power === 2 ? ', power=2' : ''}`;
  }
}
