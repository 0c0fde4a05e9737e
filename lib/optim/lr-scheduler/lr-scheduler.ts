/** The base of every learning-rate scheduler. */

import { noGrad } from '../../autograd/modes.ts';
import { describeValue } from '../../errors.ts';
import { keep, scope } from '../../scope.ts';
import { Tensor } from '../../tensor.ts';
import { Optimizer } from '../optimizer.ts';
import type { Quantity } from '../quantity.ts';
import { loadState, packState, type SchedulerStateDict } from './state-dict.ts';

/** A group of parameters as schedulers see it: rates and momenta by name. */
export type Group = Record<string, unknown> & { lr: Quantity; initialLr?: Quantity };

/** The groups of an optimizer. */
export function groupsOf(optimizer: Optimizer): Group[] {
  return optimizer.paramGroups as unknown as Group[];
}

function copied(value: Quantity): Quantity {
  return value instanceof Tensor ? keep(value.detach().clone()) : value;
}

/** A quantity of each group, tensors copied. */
export function valuesOf(optimizer: Optimizer, key: string): Quantity[] {
  return groupsOf(optimizer).map((group) => copied(group[key] as Quantity));
}

/** Sets a group's quantity; a tensor is filled and stays the same object. */
export function setValue(group: Group, key: string, value: Quantity): void {
  const old = group[key];
  if (old instanceof Tensor)
    noGrad(() => old.fill_(value instanceof Tensor && value.ndim > 0 ? value.squeeze() : value));
  else group[key] = value;
}

/** A value for each group: one for all, or a list with one for each. */
export function forEachGroup<T extends Quantity>(where: string, optimizer: Optimizer, value: T | readonly T[]): T[] {
  const count = optimizer.paramGroups.length;
  const list = Array.isArray(value) ? [...value] : Array.from({ length: count }, () => value);
  if (list.length !== count)
    throw new RangeError(`${where} must have ${count} values, one a group, got ${list.length}`);
  for (const each of list) {
    if (typeof each !== 'number' && !(each instanceof Tensor)) {
      throw new TypeError(`${where} must be a number, or one a group, got ${describeValue(each)}`);
    }
  }
  return list.map((each) => copied(each)) as T[];
}

/**
 * The base of every learning-rate scheduler (`torch.optim.lr_scheduler.LRScheduler`). A subclass sets its fields, calls
 * `begin` at the end of its constructor, and computes rates in `getLr`. Call `step` after the optimizer's.
 *
 * @example
 * class Halving extends optim.lrScheduler.LRScheduler {
 *   constructor(optimizer: optim.Optimizer) {
 *     super(optimizer);
 *     this.begin();
 *   }
 *   getLr() {
 *     return this.baseLrs.map((lr) => (lr as number) / 2 ** this.lastEpoch);
 *   }
 * }
 */
export abstract class LRScheduler {
  readonly optimizer: Optimizer;
  /** Rates at the start, a group each. */
  baseLrs: Quantity[] = [];
  /** Steps so far. */
  lastEpoch = -1;
  protected stepCount = 0;
  /** True while the first step is taken, by the constructor. */
  protected isInitial = false;
  protected getLrCalledWithinStep = false;
  protected lastLr: Quantity[] = [];

  constructor(optimizer: Optimizer) {
    if (!(optimizer instanceof Optimizer)) {
      throw new TypeError(`${new.target.name}: optimizer must be an Optimizer, got ${describeValue(optimizer)}`);
    }
    this.optimizer = optimizer;
  }

  /** Rates of the last step, a group each. */
  getLastLr(): Quantity[] {
    return this.lastLr;
  }

  /** Rates of the step `lastEpoch`, a group each, from those of the step before. */
  abstract getLr(): Quantity[];

  /**
   * Goes on to the next step, or to step `epoch`.
   * @param epoch sets the rates by their closed form, where there is one.
   */
  step(epoch?: number): void {
    if (this.stepCount === 1 && !this.optimizer.hasStepped) {
      process.emitWarning(
        `${this.constructor.name}: step was called before optimizer.step, so the first learning rate is passed over`,
      );
    }
    this.stepCount++;
    this.updateLr(epoch);
  }

  /** The state under PyTorch's names, without the optimizer (`LRScheduler.state_dict`). */
  stateDict(): SchedulerStateDict {
    return packState(this);
  }

  /** Takes over what `stateDict` gave; load the optimizer's own state after it (`LRScheduler.load_state_dict`). */
  loadStateDict(state: SchedulerStateDict): void {
    loadState(this, state);
  }

  /** Rates by their closed form, where there is one. */
  protected closedForm(): Quantity[] | undefined {
    return undefined;
  }

  /**
   * Remembers the initial rates and takes the first step: the end of every constructor.
   * @param lastEpoch -1 at the start of a run; else the run goes on, and the groups must have their `initialLr`.
   */
  protected begin(lastEpoch = -1): void {
    for (const [i, group] of groupsOf(this.optimizer).entries()) {
      if (lastEpoch === -1) group.initialLr ??= copied(group.lr);
      else if (group.initialLr === undefined) {
        throw new RangeError(
          `${this.constructor.name}: lastEpoch must be -1 where paramGroups[${i}] has no initialLr, got ${lastEpoch}`,
        );
      }
    }
    this.baseLrs = valuesOf(this.optimizer, 'initialLr');
    this.lastEpoch = lastEpoch;
    this.takeInitialStep();
  }

  /** @internal */
  takeInitialStep(): void {
    this.stepCount = 0;
    this.isInitial = true;
    try {
      this.step();
    } finally {
      this.isInitial = false;
    }
  }

  /** @internal Sets the rates of the next step, or of step `epoch`. */
  updateLr(epoch?: number): void {
    this.lastEpoch = epoch ?? this.lastEpoch + 1;
    this.setRates(() => (epoch === undefined ? undefined : this.closedForm()) ?? this.getLr());
  }

  /** Gives the groups new rates. */
  protected setRates(compute: () => Quantity[]): void {
    this.getLrCalledWithinStep = true;
    const groups = groupsOf(this.optimizer);
    noGrad(() =>
      scope(() => {
        try {
          const rates = compute();
          for (const [i, group] of groups.entries()) setValue(group, 'lr', rates[i] as Quantity);
        } finally {
          this.getLrCalledWithinStep = false;
        }
        this.lastLr = valuesOf(this.optimizer, 'lr');
      }),
    );
  }
}
