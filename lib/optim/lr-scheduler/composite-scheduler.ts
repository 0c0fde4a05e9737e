/** Schedulers made of others: their checks and state dicts. */

import { describeValue } from '../../errors.ts';
import type { Optimizer } from '../optimizer.ts';
import { LRScheduler } from './lr-scheduler.ts';
import { ReduceLROnPlateau } from './reduce-lr-on-plateau.ts';
import type { SchedulerStateDict } from './state-dict.ts';

export abstract class CompositeScheduler extends LRScheduler {
  readonly schedulers: readonly LRScheduler[];

  constructor(optimizer: Optimizer | null | undefined, schedulers: readonly LRScheduler[]) {
    const where = new.target.name;
    if (!Array.isArray(schedulers)) {
      throw new TypeError(`${where}: schedulers must be a list, got ${describeValue(schedulers)}`);
    }
    if (schedulers.length === 0) throw new RangeError(`${where}: schedulers must not be empty`);
    const own = optimizer ?? (schedulers[0] as LRScheduler).optimizer;
    for (const [i, each] of schedulers.entries()) {
      if (!(each instanceof LRScheduler)) {
        throw new TypeError(`${where}: schedulers[${i}] must be a scheduler, got ${describeValue(each)}`);
      }
      if (each instanceof ReduceLROnPlateau) {
        throw new TypeError(`${where}: schedulers[${i}] must not be a ReduceLROnPlateau, which needs a metric to step`);
      }
      if (each.optimizer !== own) {
        throw new RangeError(`${where}: schedulers[${i}] must belong to the same optimizer as this one`);
      }
    }
    super(own);
    this.schedulers = [...schedulers];
    // Python's keep none of these.
    for (const name of ['baseLrs', 'stepCount', 'isInitial', 'getLrCalledWithinStep'])
      Reflect.deleteProperty(this, name);
  }

  override stateDict(): SchedulerStateDict {
    return { ...super.stateDict(), _schedulers: this.schedulers.map((each) => each.stateDict()) };
  }

  override loadStateDict(state: SchedulerStateDict): void {
    const { _schedulers: states, ...own } = state;
    if (!Array.isArray(states) || states.length !== this.schedulers.length) {
      const got = describeValue(states);
      throw new TypeError(`loadStateDict: _schedulers must have ${this.schedulers.length} state dicts, got ${got}`);
    }
    super.loadStateDict(own);
    for (const [i, each] of this.schedulers.entries()) each.loadStateDict(states[i] as SchedulerStateDict);
  }
}
