/** Rates that fall when a metric does not improve. */

import { describeValue } from '../../errors.ts';
import { expectNumber, readTrailing, type Trailing } from '../../nn/arguments.ts';
import { Tensor } from '../../tensor.ts';
import type { Optimizer } from '../optimizer.ts';
import { numberOf, type Quantity } from '../quantity.ts';
import { forEachGroup, groupsOf, LRScheduler, setValue, valuesOf } from './lr-scheduler.ts';

export interface PlateauOptions {
  /** Whether the metric is to fall or to rise; `'min'` by default. */
  mode: 'min' | 'max';
  /** By what rates are multiplied; 0.1 by default. */
  factor: number;
  /** How many steps without improvement are borne; 10 by default. */
  patience: number;
  /** What counts as an improvement; 1e-4 by default. */
  threshold: number;
  /** Whether the threshold is relative to the best metric or a difference; `'rel'` by default. */
  thresholdMode: 'rel' | 'abs';
  /** Steps after a fall that do not count; 0 by default. */
  cooldown: number;
  /** The least rate, or one for each group; 0 by default. */
  minLr: number | readonly number[];
  /** Rates change only by more than this; 1e-8 by default. */
  eps: number;
}

const defaults: PlateauOptions = {
  mode: 'min',
  factor: 0.1,
  patience: 10,
  threshold: 1e-4,
  thresholdMode: 'rel',
  cooldown: 0,
  minLr: 0,
  eps: 1e-8,
};

const where = 'ReduceLROnPlateau';

/**
 * Multiplies rates by `factor` when a metric has not improved for `patience` steps (`lr_scheduler.ReduceLROnPlateau`).
 *
 * @example
 * const scheduler = new optim.lrScheduler.ReduceLROnPlateau(optimizer, 'min', { patience: 3 });
 * scheduler.step(validationLoss);
 */
export class ReduceLROnPlateau extends LRScheduler {
  factor: number;
  defaultMinLr: number | null;
  minLrs: number[];
  patience: number;
  cooldown: number;
  eps: number;
  modeWorse: number;
  mode: 'min' | 'max';
  threshold: number;
  thresholdMode: 'rel' | 'abs';
  /** The best metric so far. */
  best: number;
  cooldownCounter = 0;
  numBadEpochs = 0;

  constructor(
    optimizer: Optimizer,
    ...rest: Trailing<
      [
        mode: PlateauOptions['mode'],
        factor: number,
        patience: number,
        threshold: number,
        thresholdMode: PlateauOptions['thresholdMode'],
        cooldown: number,
        minLr: PlateauOptions['minLr'],
        eps: number,
      ],
      Partial<PlateauOptions>
    >
  ) {
    super(optimizer);
    const names = Object.keys(defaults) as (keyof PlateauOptions)[];
    const { mode, factor, patience, threshold, thresholdMode, cooldown, minLr, eps } = readTrailing(
      where,
      names,
      rest,
      defaults,
    );
    if (!(expectNumber(`${where}: factor`, factor) < 1)) {
      throw new RangeError(`${where}: factor must be below 1, got ${factor}`);
    }
    if (mode !== 'min' && mode !== 'max') {
      throw new RangeError(`${where}: mode must be 'min' or 'max', got ${describeValue(mode)}`);
    }
    if (thresholdMode !== 'rel' && thresholdMode !== 'abs') {
      throw new RangeError(`${where}: thresholdMode must be 'rel' or 'abs', got ${describeValue(thresholdMode)}`);
    }
    // Python's keeps none of these.
    for (const name of ['baseLrs', 'stepCount', 'isInitial', 'getLrCalledWithinStep'])
      Reflect.deleteProperty(this, name);
    this.factor = factor;
    this.defaultMinLr = typeof minLr === 'number' ? minLr : null;
    this.minLrs = forEachGroup(`${where}: minLr`, optimizer, minLr);
    this.patience = expectNumber(`${where}: patience`, patience);
    this.cooldown = expectNumber(`${where}: cooldown`, cooldown);
    this.eps = expectNumber(`${where}: eps`, eps);
    this.lastEpoch = 0;
    this.lastLr = valuesOf(optimizer, 'lr');
    this.modeWorse = mode === 'min' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    this.mode = mode;
    this.threshold = expectNumber(`${where}: threshold`, threshold);
    this.thresholdMode = thresholdMode;
    this.best = this.modeWorse;
  }

  /** Whether steps do not count now. */
  get inCooldown(): boolean {
    return this.cooldownCounter > 0;
  }

  getLr(): Quantity[] {
    return valuesOf(this.optimizer, 'lr');
  }

  /** Takes the metric of an epoch, a number or a tensor with one element. */
  override step(metrics?: number | Tensor, epoch = this.lastEpoch + 1): void {
    if (typeof metrics !== 'number' && !(metrics instanceof Tensor)) {
      throw new TypeError(`${where}: metrics must be a number or a tensor, got ${describeValue(metrics)}`);
    }
    const current = numberOf(metrics);
    this.lastEpoch = epoch;
    if (this.#isBetter(current)) {
      this.best = current;
      this.numBadEpochs = 0;
    } else this.numBadEpochs++;
    if (this.inCooldown) {
      this.cooldownCounter--;
      this.numBadEpochs = 0;
    }
    if (this.numBadEpochs > this.patience) {
      this.#reduce();
      this.cooldownCounter = this.cooldown;
      this.numBadEpochs = 0;
    }
    this.lastLr = valuesOf(this.optimizer, 'lr');
  }

  #isBetter(current: number): boolean {
    const { mode, threshold, thresholdMode, best } = this;
    if (mode === 'min') return current < (thresholdMode === 'rel' ? best * (1 - threshold) : best - threshold);
    return current > (thresholdMode === 'rel' ? best * (threshold + 1) : best + threshold);
  }

  #reduce(): void {
    const groups = groupsOf(this.optimizer);
    if (groups.length !== this.minLrs.length) {
      if (this.defaultMinLr === null) {
        throw new RangeError(
          `${where}: minLrs must have ${groups.length} values, one a group, got ${this.minLrs.length}`,
        );
      }
      this.minLrs = groups.map(() => this.defaultMinLr as number);
    }
    for (const [i, group] of groups.entries()) {
      const before = numberOf(group.lr);
      const after = Math.max(before * this.factor, this.minLrs[i] as number);
      if (before - after > this.eps) setValue(group, 'lr', after);
    }
  }
}
