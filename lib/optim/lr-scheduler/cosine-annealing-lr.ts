/** Rates that swing along a cosine. */

import { expectNumber, readTrailing, type Trailing } from '../../nn/arguments.ts';
import { cos } from '../libm.ts';
import type { Optimizer } from '../optimizer.ts';
import { add, div, mul, type Quantity, sub } from '../quantity.ts';
import { groupsOf, LRScheduler, valuesOf } from './lr-scheduler.ts';

type CosineOptions = { etaMin: number; lastEpoch: number };

/** `least + (lr - least) * share / 2`. */
export function between(least: number, lr: Quantity, share: number): Quantity {
  return add(least, div(mul(sub(lr, least), share), 2));
}

/**
 * Lets rates fall along half a cosine to `etaMin`, 0 by default, in `TMax` steps, and rise again
 * (`lr_scheduler.CosineAnnealingLR`).
 *
 * @example
 * const scheduler = new optim.lrScheduler.CosineAnnealingLR(optimizer, 100);
 */
export class CosineAnnealingLR extends LRScheduler {
  TMax: number;
  etaMin: number;

  constructor(
    optimizer: Optimizer,
    TMax: number,
    ...rest: Trailing<[etaMin: number, lastEpoch: number], Partial<CosineOptions>>
  ) {
    super(optimizer);
    const defaults: CosineOptions = { etaMin: 0, lastEpoch: -1 };
    const options = readTrailing('CosineAnnealingLR', ['etaMin', 'lastEpoch'], rest, defaults);
    this.TMax = expectNumber('CosineAnnealingLR: TMax', TMax);
    if (!(TMax > 0)) throw new RangeError(`CosineAnnealingLR: TMax must be above 0, got ${TMax}`);
    this.etaMin = expectNumber('CosineAnnealingLR: etaMin', options.etaMin);
    this.begin(options.lastEpoch);
  }

  getLr(): Quantity[] {
    const { TMax, etaMin, lastEpoch } = this;
    if (this.isInitial) return valuesOf(this.optimizer, 'lr');
    if (this.stepCount === 1 && lastEpoch > 0) {
      const share = 1 + cos((lastEpoch * Math.PI) / TMax);
      return this.baseLrs.map((lr) => between(etaMin, lr, share));
    }
    const groups = groupsOf(this.optimizer);
    if ((lastEpoch - 1 - TMax) % (2 * TMax) === 0) {
      const share = 1 - cos(Math.PI / TMax);
      return groups.map(({ lr }, i) => add(lr, div(mul(sub(this.baseLrs[i] as Quantity, etaMin), share), 2)));
    }
    const share = (1 + cos((Math.PI * lastEpoch) / TMax)) / (1 + cos((Math.PI * (lastEpoch - 1)) / TMax));
    return groups.map(({ lr }) => add(mul(share, sub(lr, etaMin)), etaMin));
  }

  protected override closedForm(): Quantity[] {
    const share = 1 + cos((Math.PI * this.lastEpoch) / this.TMax);
    return this.baseLrs.map((lr) => between(this.etaMin, lr, share));
  }
}
