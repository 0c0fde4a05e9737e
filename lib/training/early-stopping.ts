import { describeValue } from '../errors.ts';
import type { Callback, Progress } from './callback.ts';

export interface EarlyStoppingOptions {
  /** What is watched at the end of each epoch; `'validation/loss'` by default. */
  metric?: string;
  /** How many epochs without a better value it waits for; 5 by default. */
  patience?: number;
  /** Whether less or more is better; `'min'` by default. */
  mode?: 'min' | 'max';
  /** By how much a value must be better to count; 0 by default. */
  minDelta?: number;
}

interface EarlyStoppingState {
  best: number | null;
  waited: number;
}

/** Ends a loop whose metric has stopped getting better. NaN is never better. */
export class EarlyStopping implements Callback {
  readonly name = 'earlyStopping';
  readonly metric: string;
  readonly patience: number;
  readonly mode: 'min' | 'max';
  readonly minDelta: number;
  #best: number | null = null;
  #waited = 0;

  constructor({ metric = 'validation/loss', patience = 5, mode = 'min', minDelta = 0 }: EarlyStoppingOptions = {}) {
    if (!(patience >= 1))
      throw new RangeError(`EarlyStopping: patience must be at least 1, got ${describeValue(patience)}`);
    if (!(minDelta >= 0))
      throw new RangeError(`EarlyStopping: minDelta must be at least 0, got ${describeValue(minDelta)}`);
    if (mode !== 'min' && mode !== 'max') {
      throw new RangeError(`EarlyStopping: mode must be 'min' or 'max', got ${describeValue(mode)}`);
    }
    this.metric = metric;
    this.patience = patience;
    this.mode = mode;
    this.minDelta = minDelta;
  }

  onEpoch({ metrics, stop }: Progress): void {
    const value = metrics[this.metric];
    if (value === undefined) {
      throw new RangeError(
        `EarlyStopping: there is no metric ${this.metric}; there are ${Object.keys(metrics).join(', ')}`,
      );
    }
    const sign = this.mode === 'min' ? 1 : -1;
    if (this.#best === null ? !Number.isNaN(value) : sign * (this.#best - value) > this.minDelta) {
      this.#best = value;
      this.#waited = 0;
    } else if (++this.#waited >= this.patience) {
      stop(`${this.metric} has not become better than ${this.#best} for ${this.patience} epochs`);
    }
  }

  stateDict(): EarlyStoppingState {
    return { best: this.#best, waited: this.#waited };
  }

  loadStateDict({ best, waited }: EarlyStoppingState): void {
    this.#best = best;
    this.#waited = waited;
  }
}
