/** Rates that are lower at first. */

import { expectCount, expectNumber, readTrailing, type Trailing } from '../../nn/arguments.ts';
import type { Optimizer } from '../optimizer.ts';
import { mul, type Quantity } from '../quantity.ts';
import { groupsOf, LRScheduler, valuesOf } from './lr-scheduler.ts';

type ConstantOptions = { factor: number; totalIters: number; lastEpoch: number };

/**
 * Multiplies rates by `factor`, 1/3 by default, for the first `totalIters` steps, 5 by default
 * (`lr_scheduler.ConstantLR`).
 */
export class ConstantLR extends LRScheduler {
  factor: number;
  totalIters: number;

  constructor(
    optimizer: Optimizer,
    ...rest: Trailing<[factor: number, totalIters: number, lastEpoch: number], Partial<ConstantOptions>>
  ) {
    super(optimizer);
    const options = readTrailing<ConstantOptions>('ConstantLR', ['factor', 'totalIters', 'lastEpoch'], rest, {
      factor: 1 / 3,
      totalIters: 5,
      lastEpoch: -1,
    });
    this.factor = expectNumber('ConstantLR: factor', options.factor);
    if (this.factor > 1 || this.factor < 0) {
      throw new RangeError(`ConstantLR: factor must be between 0 and 1, got ${this.factor}`);
    }
    this.totalIters = expectCount('ConstantLR: totalIters', options.totalIters);
    this.begin(options.lastEpoch);
  }

  getLr(): Quantity[] {
    if (this.lastEpoch === 0) return groupsOf(this.optimizer).map(({ lr }) => mul(lr, this.factor));
    if (this.lastEpoch !== this.totalIters) return valuesOf(this.optimizer, 'lr');
    return groupsOf(this.optimizer).map(({ lr }) => mul(lr, 1 / this.factor));
  }

  protected override closedForm(): Quantity[] {
    const factor = this.factor + (this.lastEpoch >= this.totalIters ? 1 : 0) * (1 - this.factor);
    return this.baseLrs.map((lr) => mul(lr, factor));
  }
}
