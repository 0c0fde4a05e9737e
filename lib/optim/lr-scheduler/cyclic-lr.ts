/** Rates that go up and down. */

import { describeValue } from '../../errors.ts';
import { expectCount, expectNumber, readTrailing, type Trailing } from '../../nn/arguments.ts';
import { pow } from '../libm.ts';
import type { Optimizer } from '../optimizer.ts';
import { add, mul, type Quantity, sub } from '../quantity.ts';
import { forEachGroup, groupsOf, LRScheduler, setValue } from './lr-scheduler.ts';
import { beginMomentum, setMomentum, usesBeta1 } from './momentum-cycle.ts';
import type { SchedulerStateDict } from './state-dict.ts';

type Each = number | readonly number[];
type Mode = 'triangular' | 'triangular2' | 'exp_range';
type ScaleMode = 'cycle' | 'iterations';

export interface CyclicOptions {
  /** Steps from the least to the greatest rate; 2000 by default. */
  stepSizeUp: number;
  /** Steps back; null, the default, is as many. */
  stepSizeDown: number | null;
  /** `'triangular'`, the default, halves nothing; `'triangular2'` halves the height each cycle; `'exp_range'` takes `gamma` to the step. */
  mode: Mode;
  /** For `'exp_range'`; 1 by default. */
  gamma: number;
  /** The height of a cycle, in place of `mode`. */
  scaleFn: ((x: number) => number) | null;
  /** Whether `scaleFn` takes the number of the cycle or of the step. */
  scaleMode: ScaleMode;
  /** Whether momentum falls where rates rise; true by default. */
  cycleMomentum: boolean;
  /** The least momentum, for all groups or for each; 0.8 by default. */
  baseMomentum: Each;
  /** The greatest momentum, for all groups or for each; 0.9 by default. */
  maxMomentum: Each;
  lastEpoch: number;
}

const defaults: CyclicOptions = {
  stepSizeUp: 2000,
  stepSizeDown: null,
  mode: 'triangular',
  gamma: 1,
  scaleFn: null,
  scaleMode: 'cycle',
  cycleMomentum: true,
  baseMomentum: 0.8,
  maxMomentum: 0.9,
  lastEpoch: -1,
};

/**
 * Moves rates between two bounds and back (Smith 2017; `lr_scheduler.CyclicLR`).
 *
 * @example
 * const scheduler = new optim.lrScheduler.CyclicLR(optimizer, 0.01, 0.1, { stepSizeUp: 500 });
 */
export class CyclicLR extends LRScheduler {
  maxLrs: Quantity[];
  totalSize: number;
  stepRatio: number;
  mode: Mode;
  gamma: number;
  scaleMode: ScaleMode;
  cycleMomentum: boolean;
  declare useBeta1: boolean;
  declare baseMomentums: number[];
  declare maxMomentums: number[];
  readonly #scaleFn: ((x: number) => number) | null;

  constructor(
    optimizer: Optimizer,
    baseLr: Each,
    maxLr: Each,
    ...rest: Trailing<
      [
        stepSizeUp: number,
        stepSizeDown: number | null,
        mode: Mode,
        gamma: number,
        scaleFn: CyclicOptions['scaleFn'],
        scaleMode: ScaleMode,
        cycleMomentum: boolean,
        baseMomentum: Each,
        maxMomentum: Each,
        lastEpoch: number,
      ],
      Partial<CyclicOptions>
    >
  ) {
    super(optimizer);
    const options = readTrailing('CyclicLR', Object.keys(defaults) as (keyof CyclicOptions)[], rest, defaults);
    const { scaleFn, mode, lastEpoch } = options;
    const baseLrs = forEachGroup('CyclicLR: baseLr', optimizer, baseLr);
    const maxLrs = forEachGroup('CyclicLR: maxLr', optimizer, maxLr);
    const up = expectCount('CyclicLR: stepSizeUp', options.stepSizeUp, 1);
    const down = options.stepSizeDown === null ? up : expectCount('CyclicLR: stepSizeDown', options.stepSizeDown, 1);
    if (scaleFn !== null && typeof scaleFn !== 'function') {
      throw new TypeError(`CyclicLR: scaleFn must be a function or null, got ${describeValue(scaleFn)}`);
    }
    if (scaleFn === null && !['triangular', 'triangular2', 'exp_range'].includes(mode)) {
      throw new RangeError(
        `CyclicLR: mode must be 'triangular', 'triangular2' or 'exp_range', got ${describeValue(mode)}`,
      );
    }
    const useBeta1 = options.cycleMomentum && usesBeta1('CyclicLR', optimizer);
    if (lastEpoch === -1) {
      for (const [i, group] of groupsOf(optimizer).entries()) setValue(group, 'lr', baseLrs[i] as number);
    }
    this.maxLrs = maxLrs;
    this.totalSize = up + down;
    this.stepRatio = up / this.totalSize;
    this.mode = mode;
    this.gamma = expectNumber('CyclicLR: gamma', options.gamma);
    this.#scaleFn = scaleFn;
    this.scaleMode = scaleFn !== null ? options.scaleMode : mode === 'exp_range' ? 'iterations' : 'cycle';
    this.cycleMomentum = options.cycleMomentum;
    if (this.cycleMomentum) {
      this.useBeta1 = useBeta1;
      this.baseMomentums = forEachGroup('CyclicLR: baseMomentum', optimizer, options.baseMomentum);
      this.maxMomentums = forEachGroup('CyclicLR: maxMomentum', optimizer, options.maxMomentum);
      if (lastEpoch === -1) beginMomentum(optimizer, this.useBeta1, this.baseMomentums, this.maxMomentums);
    }
    this.begin(lastEpoch);
    this.baseLrs = baseLrs;
  }

  /** The height of a cycle, or at a step. */
  scaleFn(x: number): number {
    if (this.#scaleFn !== null) return this.#scaleFn(x);
    if (this.mode === 'triangular2') return 1 / 2 ** (x - 1);
    return this.mode === 'exp_range' ? pow(this.gamma, x) : 1;
  }

  getLr(): Quantity[] {
    const { lastEpoch, totalSize, stepRatio } = this;
    const cycle = Math.floor(1 + lastEpoch / totalSize);
    const x = 1 + lastEpoch / totalSize - cycle;
    const share = x <= stepRatio ? x / stepRatio : (x - 1) / (stepRatio - 1);
    const height = this.scaleFn(this.scaleMode === 'cycle' ? cycle : lastEpoch);
    if (this.cycleMomentum) {
      for (const [i, group] of groupsOf(this.optimizer).entries()) {
        const [least, greatest] = [this.baseMomentums[i] as number, this.maxMomentums[i] as number];
        setMomentum(group, this.useBeta1, greatest - (greatest - least) * share * height);
      }
    }
    return this.baseLrs.map((least, i) => add(least, mul(mul(sub(this.maxLrs[i] as Quantity, least), share), height)));
  }

  override stateDict(): SchedulerStateDict {
    // Where Python keeps a function, which is no data.
    return { ...super.stateDict(), _scale_fn_custom: null };
  }
}
