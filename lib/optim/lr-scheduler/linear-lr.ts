/** Rates that rise or fall along a line. */

import { expectCount, expectNumber, readTrailing, type Trailing } from '../../nn/arguments.ts';
import type { Optimizer } from '../optimizer.ts';
import { mul, type Quantity } from '../quantity.ts';
import { groupsOf, LRScheduler, valuesOf } from './lr-scheduler.ts';

type LinearOptions = { startFactor: number; endFactor: number; totalIters: number; lastEpoch: number };

/**
 * Multiplies rates by a factor that goes from `startFactor`, 1/3 by default, to `endFactor`, 1 by default, in
 * `totalIters` steps, 5 by default (`lr_scheduler.LinearLR`).
 *
 * @example
 * const warmUp = new optim.lrScheduler.LinearLR(optimizer, { startFactor: 0.1, totalIters: 100 });
 */
export class LinearLR extends LRScheduler {
  startFactor: number;
  endFactor: number;
  totalIters: number;

  constructor(
    optimizer: Optimizer,
    ...rest: Trailing<
      [startFactor: number, endFactor: number, totalIters: number, lastEpoch: number],
      Partial<LinearOptions>
    >
  ) {
    super(optimizer);
    const names = ['startFactor', 'endFactor', 'totalIters', 'lastEpoch'] as const;
    const defaults: LinearOptions = { startFactor: 1 / 3, endFactor: 1, totalIters: 5, lastEpoch: -1 };
    const options = readTrailing('LinearLR', names, rest, defaults);
    this.startFactor = expectNumber('LinearLR: startFactor', options.startFactor);
    if (this.startFactor > 1 || this.startFactor <= 0) {
      throw new RangeError(`LinearLR: startFactor must be above 0 and at most 1, got ${this.startFactor}`);
    }
    this.endFactor = expectNumber('LinearLR: endFactor', options.endFactor);
    if (this.endFactor > 1 || this.endFactor < 0) {
      throw new RangeError(`LinearLR: endFactor must be between 0 and 1, got ${this.endFactor}`);
    }
    this.totalIters = expectCount('LinearLR: totalIters', options.totalIters);
    this.begin(options.lastEpoch);
  }

  getLr(): Quantity[] {
    const { startFactor, endFactor, totalIters, lastEpoch } = this;
    if (lastEpoch === 0) return groupsOf(this.optimizer).map(({ lr }) => mul(lr, startFactor));
    if (this.isInitial || lastEpoch > totalIters) return valuesOf(this.optimizer, 'lr');
    const rise = endFactor - startFactor;
    const factor = 1 + rise / (totalIters * startFactor + (lastEpoch - 1) * rise);
    return groupsOf(this.optimizer).map(({ lr }) => mul(lr, factor));
  }

  protected override closedForm(): Quantity[] {
    const { startFactor, endFactor, totalIters, lastEpoch } = this;
    const factor = startFactor + ((endFactor - startFactor) * Math.min(totalIters, lastEpoch)) / totalIters;
    return this.baseLrs.map((lr) => mul(lr, factor));
  }
}
