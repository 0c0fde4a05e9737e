/** What a module knows beyond its fields: registered names, buffers and hooks. */

import { describeValue } from '../errors.ts';
import type { Module } from './module.ts';

/** What `register…Hook` returns. */
export interface HookHandle {
  /** Takes the hook away; calling it again does nothing. */
  remove(): void;
}

export type AnyHook = (...values: never[]) => unknown;

export interface EntryOptions {
  readonly prepend?: boolean | undefined;
  readonly alwaysCall?: boolean | undefined;
}

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
  readonly stateDictPreHooks: AnyHook[] = [];
  readonly stateDictPostHooks: AnyHook[] = [];
  readonly loadStateDictPreHooks: AnyHook[] = [];
  readonly loadStateDictPostHooks: AnyHook[] = [];
  /** Forward hooks that run also where `forward` throws. */
  readonly alwaysCalled = new WeakSet<AnyHook>();
  /** True while any hook of a call is registered, so that a call without hooks looks no further. */
  hooked = false;

  addHook(where: string, hooks: AnyHook[], hook: AnyHook, options: EntryOptions = {}): HookHandle {
    if (typeof hook !== 'function') {
      throw new TypeError(`${where}: hook must be a function, got ${describeValue(hook)}`);
    }
    // Wrapped, because the same function may be registered twice.
    const entry: AnyHook = (...values) => hook(...values);
    if (options.alwaysCall === true) this.alwaysCalled.add(entry);
    if (options.prepend === true) hooks.unshift(entry);
    else hooks.push(entry);
    this.#noteHooks();
    return {
      remove: () => {
        const position = hooks.indexOf(entry);
        if (position >= 0) hooks.splice(position, 1);
        this.#noteHooks();
      },
    };
  }

  /** Takes a name out, so that it comes last when it is registered again. */
  forget(name: string): void {
    const position = this.order.indexOf(name);
    if (position >= 0) this.order.splice(position, 1);
    this.parameters.delete(name);
    this.buffers.delete(name);
    this.modules.delete(name);
  }

  #noteHooks(): void {
    this.hooked = [this.forwardPreHooks, this.forwardHooks, this.fullBackwardPreHooks, this.fullBackwardHooks].some(
      (list) => list.length > 0,
    );
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

/** Deletes a field of a module, and what is registered of it. */
export function unregister(module: Module, name: string): void {
  registryOf(module).forget(name);
  Reflect.deleteProperty(module, name);
}
