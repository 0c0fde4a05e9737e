/** Rates that fall by a factor at every step. */

import { expectNumber } from '../../nn/arguments.ts';
import { pow } from '../libm.ts';
import type { Optimizer } from '../optimizer.ts';
import { mul, type Quantity } from '../quantity.ts';
import { groupsOf, LRScheduler, valuesOf } from './lr-scheduler.ts';

/** Multiplies rates by `gamma` at every step (`lr_scheduler.ExponentialLR`). */
export class ExponentialLR extends LRScheduler {
  gamma: number;

  constructor(optimizer: Optimizer, gamma: number, lastEpoch = -1) {
    super(optimizer);
    this.gamma = expectNumber('ExponentialLR: gamma', gamma);
    this.begin(lastEpoch);
  }

  getLr(): Quantity[] {
    if (this.isInitial) return valuesOf(this.optimizer, 'lr');
    return groupsOf(this.optimizer).map(({ lr }) => mul(lr, this.gamma));
  }

  protected override closedForm(): Quantity[] {
    const factor = pow(this.gamma, this.lastEpoch);
    return this.baseLrs.map((lr) => mul(lr, factor));
  }
}
