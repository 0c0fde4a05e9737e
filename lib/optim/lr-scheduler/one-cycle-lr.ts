/** Rates that rise and fall once. */

import { describeValue } from '../../errors.ts';
import { expectCount, expectNumber, readTrailing, type Trailing } from '../../nn/arguments.ts';
import { camelCase } from '../../schema.ts';
import { cos } from '../libm.ts';
import type { Optimizer } from '../optimizer.ts';
import { add, div, mul, type Quantity, sub } from '../quantity.ts';
import { forEachGroup, type Group, groupsOf, LRScheduler } from './lr-scheduler.ts';
import { beginMomentum, setMomentum, usesBeta1 } from './momentum-cycle.ts';

type Each = number | readonly number[];
type Strategy = 'cos' | 'linear';

export interface OneCycleOptions {
  /** Steps of the whole cycle; null takes `epochs * stepsPerEpoch`. */
  totalSteps: number | null;
  epochs: number | null;
  stepsPerEpoch: number | null;
  /** The share of the steps in which rates rise; 0.3 by default. */
  pctStart: number;
  annealStrategy: Strategy;
  /** Whether momentum falls where rates rise; true by default. */
  cycleMomentum: boolean;
  /** The least momentum, for all groups or for each; 0.85 by default. */
  baseMomentum: Each;
  /** The greatest momentum, for all groups or for each; 0.95 by default. */
  maxMomentum: Each;
  /** The first rate is the greatest divided by this; 25 by default. */
  divFactor: number;
  /** The last rate is the first divided by this; 1e4 by default. */
  finalDivFactor: number;
  /** Falls to the first rate as it rose, then to the last. */
  threePhase: boolean;
  lastEpoch: number;
}

/** Names are PyTorch's: state dicts hold these. */
interface Phase {
  readonly end_step: number;
  readonly start_lr: string;
  readonly end_lr: string;
  readonly start_momentum: string;
  readonly end_momentum: string;
}

const defaults: OneCycleOptions = {
  totalSteps: null,
  epochs: null,
  stepsPerEpoch: null,
  pctStart: 0.3,
  annealStrategy: 'cos',
  cycleMomentum: true,
  baseMomentum: 0.85,
  maxMomentum: 0.95,
  divFactor: 25,
  finalDivFactor: 1e4,
  threePhase: false,
  lastEpoch: -1,
};

function countSteps({ totalSteps, epochs, stepsPerEpoch }: OneCycleOptions): number {
  if (totalSteps !== null) return expectCount('OneCycleLR: totalSteps', totalSteps, 1);
  if (epochs === null || stepsPerEpoch === null) {
    throw new TypeError('OneCycleLR: totalSteps must be given, or epochs and stepsPerEpoch');
  }
  return expectCount('OneCycleLR: epochs', epochs, 1) * expectCount('OneCycleLR: stepsPerEpoch', stepsPerEpoch, 1);
}

function phase(end_step: number, lrs: [string, string], momenta: [string, string]): Phase {
  return {
    end_step,
    start_lr: `${lrs[0]}_lr`,
    end_lr: `${lrs[1]}_lr`,
    start_momentum: `${momenta[0]}_momentum`,
    end_momentum: `${momenta[1]}_momentum`,
  };
}

function phasesOf(steps: number, start: number, threePhase: boolean): Phase[] {
  const rise = phase(start * steps - 1, ['initial', 'max'], ['max', 'base']);
  if (!threePhase) return [rise, phase(steps - 1, ['max', 'min'], ['base', 'max'])];
  return [
    rise,
    phase(2 * start * steps - 2, ['max', 'initial'], ['base', 'max']),
    phase(steps - 1, ['initial', 'min'], ['max', 'max']),
  ];
}

/**
 * Lets rates rise from a fraction of `maxLr` to it and fall far below, once in a run (Smith and Topin 2018;
 * `lr_scheduler.OneCycleLR`). Step it after every batch.
 *
 * @example
 * const scheduler = new optim.lrScheduler.OneCycleLR(optimizer, 0.1, { epochs: 10, stepsPerEpoch: batches });
 */
export class OneCycleLR extends LRScheduler {
  totalSteps: number;
  schedulePhases: Phase[];
  annealFuncType: Strategy;
  cycleMomentum: boolean;
  declare useBeta1: boolean;

  constructor(
    optimizer: Optimizer,
    maxLr: Each,
    ...rest: Trailing<
      [
        totalSteps: number | null,
        epochs: number | null,
        stepsPerEpoch: number | null,
        pctStart: number,
        annealStrategy: Strategy,
        cycleMomentum: boolean,
        baseMomentum: Each,
        maxMomentum: Each,
        divFactor: number,
        finalDivFactor: number,
        threePhase: boolean,
        lastEpoch: number,
      ],
      Partial<OneCycleOptions>
    >
  ) {
    super(optimizer);
    const options = readTrailing('OneCycleLR', Object.keys(defaults) as (keyof OneCycleOptions)[], rest, defaults);
    const { pctStart, annealStrategy, cycleMomentum, divFactor, finalDivFactor, threePhase, lastEpoch } = options;
    this.totalSteps = countSteps(options);
    if (!(expectNumber('OneCycleLR: pctStart', pctStart) >= 0 && pctStart <= 1)) {
      throw new RangeError(`OneCycleLR: pctStart must be between 0 and 1, got ${pctStart}`);
    }
    if (annealStrategy !== 'cos' && annealStrategy !== 'linear') {
      throw new RangeError(
        `OneCycleLR: annealStrategy must be 'cos' or 'linear', got ${describeValue(annealStrategy)}`,
      );
    }
    this.schedulePhases = phasesOf(this.totalSteps, pctStart, threePhase);
    this.annealFuncType = annealStrategy;
    const maxLrs = forEachGroup('OneCycleLR: maxLr', optimizer, maxLr);
    this.cycleMomentum = cycleMomentum;
    if (cycleMomentum) this.useBeta1 = usesBeta1('OneCycleLR', optimizer);
    if (lastEpoch === -1) {
      for (const [i, group] of groupsOf(optimizer).entries()) {
        group.initialLr = (maxLrs[i] as number) / divFactor;
        group.maxLr = maxLrs[i];
        group.minLr = group.initialLr / finalDivFactor;
      }
      if (cycleMomentum) {
        const least = forEachGroup('OneCycleLR: baseMomentum', optimizer, options.baseMomentum);
        const greatest = forEachGroup('OneCycleLR: maxMomentum', optimizer, options.maxMomentum);
        beginMomentum(optimizer, this.useBeta1, least, greatest);
      }
    }
    this.begin(lastEpoch);
  }

  getLr(): Quantity[] {
    const step = this.lastEpoch;
    if (step > this.totalSteps) {
      throw new RangeError(`OneCycleLR: step must be called at most ${this.totalSteps} times, got ${step}`);
    }
    let start = 0;
    let at = this.schedulePhases[0] as Phase;
    for (const [i, each] of this.schedulePhases.entries()) {
      if (i > 0) start = at.end_step;
      at = each;
      if (step <= each.end_step) break;
    }
    const share = (step - start) / (at.end_step - start);
    return groupsOf(this.optimizer).map((group) => {
      if (this.cycleMomentum) {
        setMomentum(group, this.useBeta1, this.#between(group, at.start_momentum, at.end_momentum, share) as number);
      }
      return this.#between(group, at.start_lr, at.end_lr, share);
    });
  }

  #between(group: Group, from: string, to: string, share: number): Quantity {
    const [start, end] = [group[camelCase(from)] as Quantity, group[camelCase(to)] as Quantity];
    if (this.annealFuncType === 'linear') return add(mul(sub(end, start), share), start);
    return add(end, mul(div(sub(start, end), 2), cos(Math.PI * share) + 1));
  }
}
