/** Hooks of optimizers. */

import { describeValue } from '../errors.ts';
import type { HookOptions } from '../nn/hookable.ts';
import type { HookHandle } from '../nn/registry.ts';
import type { Optimizer } from './optimizer.ts';
import type { OptimizerStateDict } from './state-dict.ts';

/** Called before a step with what `step` was given; a list that it returns takes its place. */
export type StepPreHook<O = Optimizer> = (optimizer: O, args: readonly unknown[]) => readonly unknown[] | void;
/** Called after a step with what `step` was given. */
export type StepPostHook<O = Optimizer> = (optimizer: O, args: readonly unknown[]) => void;
/** Called with a state dict; one that it returns takes its place. */
export type StateDictHook<O = Optimizer> = (optimizer: O, state: OptimizerStateDict) => OptimizerStateDict | void;
/** Called before a state dict is made, or after one was loaded. */
export type OptimizerHook<O = Optimizer> = (optimizer: O) => void;

/** Hooks of one kind, in the order in which they run. */
export class Hooks<F extends (...values: never[]) => unknown> {
  #list: readonly F[] = [];

  /** Those there are now: hooks added meanwhile run from the next time on. */
  get all(): readonly F[] {
    return this.#list;
  }

  /** @throws TypeError if `hook` is not a function. */
  add(where: string, hook: F, options: HookOptions = {}): HookHandle {
    if (typeof hook !== 'function') {
      throw new TypeError(`${where}: hook must be a function, got ${describeValue(hook)}`);
    }
    // Wrapped, because the same function may be added twice.
    const entry = ((...values: never[]) => hook(...values)) as F;
    this.#list = options.prepend === true ? [entry, ...this.#list] : [...this.#list, entry];
    return {
      remove: () => {
        this.#list = this.#list.filter((each) => each !== entry);
      },
    };
  }
}

/** Hooks of all optimizers. */
export const everyStep = { before: new Hooks<StepPreHook>(), after: new Hooks<StepPostHook>() };

/** Calls `hook` before each step of any optimizer (`register_optimizer_step_pre_hook`). */
export function registerOptimizerStepPreHook(hook: StepPreHook): HookHandle {
  return everyStep.before.add('registerOptimizerStepPreHook', hook);
}

/** Calls `hook` after each step of any optimizer (`register_optimizer_step_post_hook`). */
export function registerOptimizerStepPostHook(hook: StepPostHook): HookHandle {
  return everyStep.after.add('registerOptimizerStepPostHook', hook);
}
