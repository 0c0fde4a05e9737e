/** Rates that fall along a cosine, again and again. */

import { expectCount, expectNumber, readTrailing, type Trailing } from '../../nn/arguments.ts';
import { cos, log } from '../libm.ts';
import type { Optimizer } from '../optimizer.ts';
import type { Quantity } from '../quantity.ts';
import { between } from './cosine-annealing-lr.ts';
import { LRScheduler } from './lr-scheduler.ts';

type RestartOptions = { TMult: number; etaMin: number; lastEpoch: number };

/**
 * Lets rates fall along half a cosine to `etaMin`, 0 by default, in `T0` steps, then starts again, each time with
 * `TMult` times as many steps, 1 by default (Loshchilov and Hutter 2017;
 * `lr_scheduler.CosineAnnealingWarmRestarts`). `step` takes fractions: `scheduler.step(epoch + i / batches)`.
 */
export class CosineAnnealingWarmRestarts extends LRScheduler {
  T0: number;
  /** Steps of this fall. */
  TI: number;
  TMult: number;
  etaMin: number;
  /** Steps since the last start. */
  TCur: number;

  constructor(
    optimizer: Optimizer,
    T0: number,
    ...rest: Trailing<[TMult: number, etaMin: number, lastEpoch: number], Partial<RestartOptions>>
  ) {
    super(optimizer);
    const where = 'CosineAnnealingWarmRestarts';
    const defaults: RestartOptions = { TMult: 1, etaMin: 0, lastEpoch: -1 };
    const options = readTrailing(where, ['TMult', 'etaMin', 'lastEpoch'], rest, defaults);
    this.T0 = expectCount(`${where}: T0`, T0, 1);
    this.TI = T0;
    this.TMult = expectCount(`${where}: TMult`, options.TMult, 1);
    this.etaMin = expectNumber(`${where}: etaMin`, options.etaMin);
    this.TCur = options.lastEpoch;
    this.begin(options.lastEpoch);
  }

  getLr(): Quantity[] {
    const share = 1 + cos((Math.PI * this.TCur) / this.TI);
    return this.baseLrs.map((lr) => between(this.etaMin, lr, share));
  }

  override step(epoch: number | undefined = this.lastEpoch < 0 ? 0 : undefined): void {
    if (epoch === undefined) {
      this.TCur++;
      if (this.TCur >= this.TI) {
        this.TCur %= this.TI;
        this.TI *= this.TMult;
      }
    } else this.#jump(expectNumber('CosineAnnealingWarmRestarts: epoch', epoch));
    this.lastEpoch = Math.floor(epoch ?? this.lastEpoch + 1);
    this.setRates(() => this.getLr());
  }

  #jump(epoch: number): void {
    const { T0, TMult } = this;
    if (epoch < 0) throw new RangeError(`CosineAnnealingWarmRestarts: epoch must be at least 0, got ${epoch}`);
    if (epoch < T0) {
      this.TI = T0;
      this.TCur = epoch;
    } else if (TMult === 1) {
      this.TCur = epoch % T0;
    } else {
      const restarts = Math.trunc(log((epoch / T0) * (TMult - 1) + 1) / log(TMult));
      // A whole number, which `**` gives exactly only up to some size; so do steps.
      const factor = Array.from({ length: restarts }).reduce((product: number) => product * TMult, 1);
      this.TCur = epoch - (T0 * (factor - 1)) / (TMult - 1);
      this.TI = T0 * factor;
    }
  }
}
