/** Rates that fall to zero along a power. */

import { expectCount, expectNumber, readTrailing, type Trailing } from '../../nn/arguments.ts';
import { pow } from '../libm.ts';
import type { Optimizer } from '../optimizer.ts';
import { mul, type Quantity } from '../quantity.ts';
import { groupsOf, LRScheduler, valuesOf } from './lr-scheduler.ts';

type PolynomialOptions = { totalIters: number; power: number; lastEpoch: number };

/**
 * Lets rates fall to zero in `totalIters` steps, 5 by default, as `(1 - step / totalIters) ** power`, the power 1 by
 * default (`lr_scheduler.PolynomialLR`).
 */
export class PolynomialLR extends LRScheduler {
  totalIters: number;
  power: number;

  constructor(
    optimizer: Optimizer,
    ...rest: Trailing<[totalIters: number, power: number, lastEpoch: number], Partial<PolynomialOptions>>
  ) {
    super(optimizer);
    const defaults: PolynomialOptions = { totalIters: 5, power: 1, lastEpoch: -1 };
    const options = readTrailing('PolynomialLR', ['totalIters', 'power', 'lastEpoch'], rest, defaults);
    this.totalIters = expectCount('PolynomialLR: totalIters', options.totalIters);
    this.power = expectNumber('PolynomialLR: power', options.power);
    this.begin(options.lastEpoch);
  }

  getLr(): Quantity[] {
    const { totalIters, power, lastEpoch } = this;
    if (this.isInitial || lastEpoch > totalIters) return valuesOf(this.optimizer, 'lr');
    const factor = pow((1 - lastEpoch / totalIters) / (1 - (lastEpoch - 1) / totalIters), power);
    return groupsOf(this.optimizer).map(({ lr }) => mul(lr, factor));
  }

  protected override closedForm(): Quantity[] {
    const { totalIters, power, lastEpoch } = this;
    const factor = pow(1 - Math.min(totalIters, lastEpoch) / totalIters, power);
    return this.baseLrs.map((lr) => mul(lr, factor));
  }
}
