/** Rates that settle at the one of weight averaging. */

import { describeValue } from '../../errors.ts';
import { expectCount, readTrailing, type Trailing } from '../../nn/arguments.ts';
import { cos } from '../libm.ts';
import { forEachGroup, groupsOf, LRScheduler } from '../lr-scheduler/lr-scheduler.ts';
import type { Optimizer } from '../optimizer.ts';
import { add, div, mul, type Quantity, sub } from '../quantity.ts';

export interface SwalrOptions {
  /** Steps until the rate is reached; 10 by default. */
  annealEpochs: number;
  annealStrategy: 'cos' | 'linear';
  lastEpoch: number;
}

const defaults: SwalrOptions = { annealEpochs: 10, annealStrategy: 'cos', lastEpoch: -1 };

/**
 * Moves rates to `swaLr` and holds them there, while `AveragedModel` averages (Izmailov et al. 2018;
 * `torch.optim.swa_utils.SWALR`).
 *
 * @example
 * const scheduler = new optim.swaUtils.SWALR(optimizer, 0.05);
 */
export class SWALR extends LRScheduler {
  annealStrategy: 'cos' | 'linear';
  annealEpochs: number;

  constructor(
    optimizer: Optimizer,
    swaLr: number | readonly number[],
    ...rest: Trailing<
      [annealEpochs: number, annealStrategy: SwalrOptions['annealStrategy'], lastEpoch: number],
      Partial<SwalrOptions>
    >
  ) {
    super(optimizer);
    const options = readTrailing('SWALR', ['annealEpochs', 'annealStrategy', 'lastEpoch'], rest, defaults);
    const rates = forEachGroup('SWALR: swaLr', optimizer, swaLr);
    if (options.annealStrategy !== 'cos' && options.annealStrategy !== 'linear') {
      throw new RangeError(
        `SWALR: annealStrategy must be 'cos' or 'linear', got ${describeValue(options.annealStrategy)}`,
      );
    }
    this.annealStrategy = options.annealStrategy;
    this.annealEpochs = expectCount('SWALR: annealEpochs', options.annealEpochs);
    for (const [i, group] of groupsOf(optimizer).entries()) group.swaLr = rates[i];
    this.begin(options.lastEpoch);
  }

  getLr(): Quantity[] {
    let step = this.stepCount - 1;
    if (this.annealEpochs === 0) step = Math.max(1, step);
    const [before, now] = [this.#share(step - 1), this.#share(step)];
    return groupsOf(this.optimizer).map((group) => {
      const swaLr = group.swaLr as Quantity;
      const initial = before === 1 ? swaLr : div(sub(group.lr, mul(before, swaLr)), 1 - before);
      return add(mul(swaLr, now), mul(initial, 1 - now));
    });
  }

  /** How far the rate has moved at a step, from 0 to 1. */
  #share(step: number): number {
    const t = Math.max(0, Math.min(1, step / Math.max(1, this.annealEpochs)));
    return this.annealStrategy === 'cos' ? (1 - cos(Math.PI * t)) / 2 : t;
  }
}
