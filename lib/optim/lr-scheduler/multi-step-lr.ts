/** Rates that fall at milestones. */

import { describeValue } from '../../errors.ts';
import { expectCount, expectNumber, readTrailing, type Trailing } from '../../nn/arguments.ts';
import { pow } from '../libm.ts';
import type { Optimizer } from '../optimizer.ts';
import { mul, type Quantity } from '../quantity.ts';
import { groupsOf, LRScheduler, valuesOf } from './lr-scheduler.ts';
import type { SchedulerStateDict } from './state-dict.ts';

type MultiStepOptions = { gamma: number; lastEpoch: number };

/**
 * Multiplies rates by `gamma`, 0.1 by default, at each milestone (`lr_scheduler.MultiStepLR`).
 *
 * @example
 * const scheduler = new optim.lrScheduler.MultiStepLR(optimizer, [30, 80], { gamma: 0.1 });
 */
export class MultiStepLR extends LRScheduler {
  /** How many times each milestone was given. */
  milestones: Map<number, number>;
  gamma: number;

  constructor(
    optimizer: Optimizer,
    milestones: Iterable<number>,
    ...rest: Trailing<[gamma: number, lastEpoch: number], Partial<MultiStepOptions>>
  ) {
    super(optimizer);
    if (typeof (milestones as Partial<Iterable<number>> | null)?.[Symbol.iterator] !== 'function') {
      throw new TypeError(`MultiStepLR: milestones must be integers, got ${describeValue(milestones)}`);
    }
    const options = readTrailing<MultiStepOptions>('MultiStepLR', ['gamma', 'lastEpoch'], rest, {
      gamma: 0.1,
      lastEpoch: -1,
    });
    this.milestones = new Map();
    for (const milestone of milestones) {
      expectCount('MultiStepLR: milestones', milestone);
      this.milestones.set(milestone, (this.milestones.get(milestone) ?? 0) + 1);
    }
    this.gamma = expectNumber('MultiStepLR: gamma', options.gamma);
    this.begin(options.lastEpoch);
  }

  override loadStateDict(state: SchedulerStateDict): void {
    super.loadStateDict(state);
    // A dict of Python's may arrive as an object, whose names are texts.
    const given: unknown = this.milestones;
    if (given instanceof Map) return;
    this.milestones = new Map(Object.entries(given as object).map(([step, count]) => [Number(step), Number(count)]));
  }

  getLr(): Quantity[] {
    const count = this.milestones.get(this.lastEpoch);
    if (count === undefined) return valuesOf(this.optimizer, 'lr');
    const factor = pow(this.gamma, count);
    return groupsOf(this.optimizer).map(({ lr }) => mul(lr, factor));
  }

  protected override closedForm(): Quantity[] {
    let passed = 0;
    for (const [milestone, count] of this.milestones) if (milestone <= this.lastEpoch) passed += count;
    const factor = pow(this.gamma, passed);
    return this.baseLrs.map((lr) => mul(lr, factor));
  }
}
