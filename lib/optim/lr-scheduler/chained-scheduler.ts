/** Schedulers that act together. */

import type { Optimizer } from '../optimizer.ts';
import type { Quantity } from '../quantity.ts';
import { CompositeScheduler } from './composite-scheduler.ts';
import { type LRScheduler, valuesOf } from './lr-scheduler.ts';

/**
 * Steps several schedulers of one optimizer, one after the other (`lr_scheduler.ChainedScheduler`).
 *
 * @example
 * const scheduler = new optim.lrScheduler.ChainedScheduler([warmUp, decay]);
 */
export class ChainedScheduler extends CompositeScheduler {
  constructor(schedulers: readonly LRScheduler[], optimizer: Optimizer | null = null) {
    super(optimizer, schedulers);
    // Nor does Python's know which step it is at.
    Reflect.deleteProperty(this, 'lastEpoch');
    this.lastLr = valuesOf(this.optimizer, 'lr');
  }

  getLr(): Quantity[] {
    return valuesOf(this.optimizer, 'lr');
  }

  override step(): void {
    for (const each of this.schedulers) each.step();
    this.lastLr = valuesOf(this.optimizer, 'lr');
  }
}
