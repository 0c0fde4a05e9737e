/** Schedulers one after another. */

import { describeValue } from '../../errors.ts';
import type { Optimizer } from '../optimizer.ts';
import type { Quantity } from '../quantity.ts';
import { CompositeScheduler } from './composite-scheduler.ts';
import { groupsOf, type LRScheduler, setValue, valuesOf } from './lr-scheduler.ts';

/** Takes back the first step of a scheduler, or of all that it is made of. */
function undo(scheduler: LRScheduler): void {
  if (scheduler instanceof CompositeScheduler) for (const each of scheduler.schedulers) undo(each);
  else scheduler.lastEpoch--;
}

/**
 * Hands over from one scheduler to the next at each milestone (`lr_scheduler.SequentialLR`).
 *
 * @example
 * const scheduler = new optim.lrScheduler.SequentialLR(optimizer, [warmUp, decay], [100]);
 */
export class SequentialLR extends CompositeScheduler {
  boundaries: number[];

  constructor(optimizer: Optimizer, schedulers: readonly LRScheduler[], milestones: readonly number[], lastEpoch = -1) {
    super(optimizer, schedulers);
    if (!Array.isArray(milestones) || milestones.some((each) => typeof each !== 'number')) {
      throw new TypeError(`SequentialLR: milestones must be numbers, got ${describeValue(milestones)}`);
    }
    if (milestones.length !== schedulers.length - 1) {
      throw new RangeError(
        `SequentialLR: milestones must be one less than schedulers, got ${milestones.length} and ${schedulers.length}`,
      );
    }
    this.boundaries = [...milestones];
    this.lastEpoch = lastEpoch + 1;
    for (const group of groupsOf(optimizer)) setValue(group, 'lr', group.initialLr as Quantity);
    undo(this);
    const first = this.#at(0);
    first.takeInitialStep();
    this.lastLr = first.getLastLr();
  }

  getLr(): Quantity[] {
    return valuesOf(this.optimizer, 'lr');
  }

  override step(): void {
    this.lastEpoch++;
    const scheduler = this.#at(this.lastEpoch);
    if (this.boundaries[this.#positionOf(this.lastEpoch) - 1] === this.lastEpoch) scheduler.updateLr(0);
    else scheduler.step();
    this.lastLr = scheduler.getLastLr();
  }

  #positionOf(epoch: number): number {
    return this.boundaries.filter((boundary) => boundary <= epoch).length;
  }

  #at(epoch: number): LRScheduler {
    return this.schedulers[this.#positionOf(epoch)] as LRScheduler;
  }
}
