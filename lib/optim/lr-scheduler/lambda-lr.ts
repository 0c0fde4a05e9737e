/** Rates by a function. */

import { describeValue } from '../../errors.ts';
import type { Optimizer } from '../optimizer.ts';
import { mul, type Quantity } from '../quantity.ts';
import { groupsOf, LRScheduler, valuesOf } from './lr-scheduler.ts';
import type { SchedulerStateDict } from './state-dict.ts';

/** A factor for a step; one function for all groups, or one for each. */
export type LrLambda = ((epoch: number) => number) | readonly ((epoch: number) => number)[];

abstract class FunctionScheduler extends LRScheduler {
  protected readonly lambdas: readonly ((epoch: number) => number)[];

  constructor(optimizer: Optimizer, lrLambda: LrLambda, lastEpoch = -1) {
    super(optimizer);
    const count = optimizer.paramGroups.length;
    const list = Array.isArray(lrLambda) ? [...lrLambda] : Array.from({ length: count }, () => lrLambda);
    if (list.length !== count) {
      throw new RangeError(
        `${new.target.name}: lrLambda must have ${count} functions, one a group, got ${list.length}`,
      );
    }
    for (const each of list) {
      if (typeof each !== 'function') {
        throw new TypeError(`${new.target.name}: lrLambda must be a function, got ${describeValue(each)}`);
      }
    }
    this.lambdas = list;
    this.begin(lastEpoch);
  }

  override stateDict(): SchedulerStateDict {
    // Python has null for each function here: functions are no data.
    return { ...super.stateDict(), lr_lambdas: this.lambdas.map(() => null) };
  }
}

/**
 * Sets each rate to the initial one times a function of the step (`lr_scheduler.LambdaLR`).
 *
 * @example
 * const scheduler = new optim.lrScheduler.LambdaLR(optimizer, (epoch) => 0.95 ** epoch);
 */
export class LambdaLR extends FunctionScheduler {
  getLr(): Quantity[] {
    return this.baseLrs.map((lr, i) => mul(lr, (this.lambdas[i] as (epoch: number) => number)(this.lastEpoch)));
  }
}

/** Multiplies each rate by a function of the step (`lr_scheduler.MultiplicativeLR`). */
export class MultiplicativeLR extends FunctionScheduler {
  getLr(): Quantity[] {
    if (this.isInitial) return valuesOf(this.optimizer, 'lr');
    return groupsOf(this.optimizer).map(({ lr }, i) =>
      mul(lr, (this.lambdas[i] as (epoch: number) => number)(this.lastEpoch)),
    );
  }
}
