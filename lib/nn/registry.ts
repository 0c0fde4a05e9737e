/** What a module knows beyond its fields: registered names, buffers and hooks. */

import { describeValue } from '../errors.ts';
import type { Module } from './module.ts';

/** Called before `forward` with its inputs; an array that it returns replaces them, any other value becomes the one input. */
export type ForwardPreHook<M extends Module = Module> = (module: M, inputs: Parameters<M['forward']>) => unknown;

/** Called after `forward`; what it returns replaces the output. */
export type ForwardHook<M extends Module = Module> = (
  module: M,
  inputs: Parameters<M['forward']>,
  output: ReturnType<M['forward']>,
) => ReturnType<M['forward']> | undefined | void;

export interface HookOptions {
  /** Runs it before the hooks that are there. */
  prepend?: boolean;
}

/** What `register…Hook` returns. */
export interface HookHandle {
  /** Takes the hook away; calling it again does nothing. */
  remove(): void;
}

type AnyHook = (...values: never[]) => unknown;

export class Registry {
  /** Names given to `register…`, in order: JavaScript sorts fields such as `10` and `2` by number. */
  readonly order: string[] = [];
  /** Names that are parameters, or will be: their field may hold null. */
  readonly parameters = new Set<string>();
  /** Buffers, and whether each belongs in the state dict. */
  readonly buffers = new Map<string, boolean>();
  /** Names that are modules, or will be. */
  readonly modules = new Set<string>();
  readonly forwardPreHooks: AnyHook[] = [];
  readonly forwardHooks: AnyHook[] = [];
  readonly fullBackwardPreHooks: AnyHook[] = [];
  readonly fullBackwardHooks: AnyHook[] = [];
  /** True while any hook is registered, so that a call without hooks looks no further. */
  hooked = false;

  addHook(where: string, hooks: AnyHook[], hook: AnyHook, prepend: boolean | undefined): HookHandle {
    if (typeof hook !== 'function') {
      throw new TypeError(`${where}: hook must be a function, got ${describeValue(hook)}`);
    }
    // Wrapped, because the same function may be registered twice.
    const entry: AnyHook = (...values) => hook(...values);
    if (prepend === true) hooks.unshift(entry);
    else hooks.push(entry);
    this.hooked = true;
    return {
      remove: () => {
        const position = hooks.indexOf(entry);
        if (position >= 0) hooks.splice(position, 1);
        this.hooked = [this.forwardPreHooks, this.forwardHooks, this.fullBackwardPreHooks, this.fullBackwardHooks].some(
          (list) => list.length > 0,
        );
      },
    };
  }
}

const registries = new WeakMap<Module, Registry>();

export function register(module: Module, registry: Registry): void {
  registries.set(module, registry);
}

/** What a module has registered. */
export function registryOf(module: Module): Registry {
  return registries.get(module) as Registry;
}
