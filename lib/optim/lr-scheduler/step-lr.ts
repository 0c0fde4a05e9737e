/** Rates that fall at every so many steps. */

import { expectCount, expectNumber, readTrailing, type Trailing } from '../../nn/arguments.ts';
import { pow } from '../libm.ts';
import type { Optimizer } from '../optimizer.ts';
import { mul, type Quantity } from '../quantity.ts';
import { groupsOf, LRScheduler, valuesOf } from './lr-scheduler.ts';

type StepOptions = { gamma: number; lastEpoch: number };

/**
 * Multiplies rates by `gamma`, 0.1 by default, at every `stepSize` steps (`lr_scheduler.StepLR`).
 *
 * @example
 * const scheduler = new optim.lrScheduler.StepLR(optimizer, 30, { gamma: 0.1 });
 */
export class StepLR extends LRScheduler {
  stepSize: number;
  gamma: number;

  constructor(
    optimizer: Optimizer,
    stepSize: number,
    ...rest: Trailing<[gamma: number, lastEpoch: number], Partial<StepOptions>>
  ) {
    super(optimizer);
    const options = readTrailing<StepOptions>('StepLR', ['gamma', 'lastEpoch'], rest, { gamma: 0.1, lastEpoch: -1 });
    this.stepSize = expectCount('StepLR: stepSize', stepSize, 1);
    this.gamma = expectNumber('StepLR: gamma', options.gamma);
    this.begin(options.lastEpoch);
  }

  getLr(): Quantity[] {
    if (this.lastEpoch === 0 || this.lastEpoch % this.stepSize !== 0) return valuesOf(this.optimizer, 'lr');
    return groupsOf(this.optimizer).map(({ lr }) => mul(lr, this.gamma));
  }

  protected override closedForm(): Quantity[] {
    const factor = pow(this.gamma, Math.floor(this.lastEpoch / this.stepSize));
    return this.baseLrs.map((lr) => mul(lr, factor));
  }
}
