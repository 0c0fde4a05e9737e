/** What makes modules functions: calling one runs `forward` and the hooks. */

import { forwardWithBackwardHooks } from './backward-hooks.ts';
import type { Module } from './module.ts';
import { type AnyHook, Registry, register } from './registry.ts';

/** Makes each instance a function object, so that modules can be called; the prototype chain is the class's. */
export class Callable {
  constructor() {
    const registry = new Registry();
    const module = ((...inputs: never[]) =>
      registry.hooked ? callHooked(module, registry, inputs) : module.forward(...inputs)) as unknown as Module;
    register(module, registry);
    // A function's own `length` and `name` are read-only and would hide those of the class.
    Reflect.deleteProperty(module, 'length');
    Reflect.deleteProperty(module, 'name');
    // biome-ignore lint/correctness/noConstructorReturn: this is what makes a module callable
    return Object.setPrototypeOf(module, new.target.prototype);
  }
}

function callHooked(module: Module, registry: Registry, given: never[]): unknown {
  let inputs = given;
  let output: unknown;
  const waiting = new Set([...registry.forwardHooks].filter((hook) => registry.alwaysCalled.has(hook)));
  const forward = (observed: never[]): unknown => {
    inputs = observed;
    output = module.forward(...inputs);
    for (const hook of [...registry.forwardHooks]) {
      waiting.delete(hook);
      const replaced = hook(module as never, inputs as never, output as never);
      if (replaced !== undefined && replaced !== null) output = replaced;
    }
    return output;
  };
  try {
    for (const hook of [...registry.forwardPreHooks]) {
      const replaced = hook(module as never, inputs as never);
      if (replaced !== undefined && replaced !== null)
        inputs = (Array.isArray(replaced) ? replaced : [replaced]) as never[];
    }
    const { fullBackwardPreHooks, fullBackwardHooks } = registry;
    if (fullBackwardPreHooks.length + fullBackwardHooks.length === 0) return forward(inputs);
    return forwardWithBackwardHooks(module, inputs, [...fullBackwardPreHooks], [...fullBackwardHooks], forward);
  } catch (error) {
    for (const hook of waiting) callAfterFailure(hook, module, inputs, output);
    throw error;
  }
}

function callAfterFailure(hook: AnyHook, module: Module, inputs: never[], output: unknown): void {
  try {
    hook(module as never, inputs as never, output as never);
  } catch (error) {
    process.emitWarning(`a forward hook with alwaysCall threw after forward had thrown: ${String(error)}`);
  }
}
