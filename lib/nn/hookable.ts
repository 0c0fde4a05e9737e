/** The hooks of modules: functions that run around `forward`, its backward pass, and state dicts. */

import type { FullBackwardHook, FullBackwardPreHook } from './backward-hooks.ts';
import { Callable } from './callable.ts';
import type { Module } from './module.ts';
import { type HookHandle, registryOf } from './registry.ts';
import type { IncompatibleKeys, StateDict } from './state-dict.ts';

/** Called before `forward` with its inputs; an array that it returns replaces them, any other value becomes the one input. */
export type ForwardPreHook<M extends Module = Module> = (module: M, inputs: Parameters<M['forward']>) => unknown;

/** Called after `forward`; what it returns replaces the output. */
export type ForwardHook<M extends Module = Module> = (
  module: M,
  inputs: Parameters<M['forward']>,
  output: ReturnType<M['forward']>,
) => ReturnType<M['forward']> | undefined | void;

/** Called before a module's own part of a state dict is made. */
export type StateDictPreHook<M extends Module = Module> = (module: M, prefix: string, keepVars: boolean) => void;

/** Called when a module and all below it are in the state dict, which it may change. */
export type StateDictPostHook<M extends Module = Module> = (
  module: M,
  stateDict: StateDict,
  prefix: string,
  localMetadata: Record<string, unknown>,
) => void;

/**
 * Called before a module's own part of a state dict is loaded: it may change the state dict, which has all keys that
 * begin with `prefix`, and add to what is missing, unexpected or wrong.
 */
export type LoadStateDictPreHook<M extends Module = Module> = (
  module: M,
  stateDict: Map<string, unknown>,
  prefix: string,
  localMetadata: Record<string, unknown>,
  strict: boolean,
  missingKeys: string[],
  unexpectedKeys: string[],
  errorMessages: string[],
) => void;

/** Called when a module and all below it are loaded; it may change the lists of keys, and so forgive some. */
export type LoadStateDictPostHook<M extends Module = Module> = (module: M, incompatibleKeys: IncompatibleKeys) => void;

export interface HookOptions {
  /** Runs it before the hooks that are there. */
  prepend?: boolean;
}

export interface ForwardHookOptions extends HookOptions {
  /** Runs it also where `forward` or another hook throws; its output is undefined then, and what it throws is a warning. */
  alwaysCall?: boolean;
}

/** The part of a module that takes hooks. */
export abstract class Hookable extends Callable {
  /** Calls `hook` before each `forward` (`Module.register_forward_pre_hook`). */
  registerForwardPreHook<M extends Module>(this: M, hook: ForwardPreHook<M>, options: HookOptions = {}): HookHandle {
    const registry = registryOf(this);
    return registry.addHook('registerForwardPreHook', registry.forwardPreHooks, hook, options);
  }

  /** Calls `hook` after each `forward` (`Module.register_forward_hook`). */
  registerForwardHook<M extends Module>(this: M, hook: ForwardHook<M>, options: ForwardHookOptions = {}): HookHandle {
    const registry = registryOf(this);
    return registry.addHook('registerForwardHook', registry.forwardHooks, hook, options);
  }

  /**
   * Calls `hook` with the gradients of inputs and outputs once those of the inputs are there
   * (`Module.register_full_backward_hook`). It sees inputs and outputs that are tensors, also in an array of outputs.
   */
  registerFullBackwardHook<M extends Module>(
    this: M,
    hook: FullBackwardHook<M>,
    options: HookOptions = {},
  ): HookHandle {
    const registry = registryOf(this);
    return registry.addHook('registerFullBackwardHook', registry.fullBackwardHooks, hook, options);
  }

  /** Calls `hook` with the gradients of outputs before they flow back (`Module.register_full_backward_pre_hook`). */
  registerFullBackwardPreHook<M extends Module>(
    this: M,
    hook: FullBackwardPreHook<M>,
    options: HookOptions = {},
  ): HookHandle {
    const registry = registryOf(this);
    return registry.addHook('registerFullBackwardPreHook', registry.fullBackwardPreHooks, hook, options);
  }

  /** Calls `hook` before `stateDict` reads this module (`Module.register_state_dict_pre_hook`). */
  registerStateDictPreHook<M extends Module>(this: M, hook: StateDictPreHook<M>): HookHandle {
    const registry = registryOf(this);
    return registry.addHook('registerStateDictPreHook', registry.stateDictPreHooks, hook);
  }

  /** Calls `hook` with the state dict of this module and all below it (`Module.register_state_dict_post_hook`). */
  registerStateDictPostHook<M extends Module>(this: M, hook: StateDictPostHook<M>): HookHandle {
    const registry = registryOf(this);
    return registry.addHook('registerStateDictPostHook', registry.stateDictPostHooks, hook);
  }

  /** Calls `hook` before `loadStateDict` reads what is of this module (`Module.register_load_state_dict_pre_hook`). */
  registerLoadStateDictPreHook<M extends Module>(this: M, hook: LoadStateDictPreHook<M>): HookHandle {
    const registry = registryOf(this);
    return registry.addHook('registerLoadStateDictPreHook', registry.loadStateDictPreHooks, hook);
  }

  /** Calls `hook` when `loadStateDict` has loaded this module (`Module.register_load_state_dict_post_hook`). */
  registerLoadStateDictPostHook<M extends Module>(this: M, hook: LoadStateDictPostHook<M>): HookHandle {
    const registry = registryOf(this);
    return registry.addHook('registerLoadStateDictPostHook', registry.loadStateDictPostHooks, hook);
  }
}
