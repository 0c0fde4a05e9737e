/** What makes modules functions: calling one runs `forward` and the hooks. */

import { forwardWithBackwardHooks } from './backward-hooks.ts';
import type { Module } from './module.ts';
import { Registry, register } from './registry.ts';

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
  for (const hook of [...registry.forwardPreHooks]) {
    const replaced = hook(module as never, inputs as never);
    if (replaced !== undefined && replaced !== null)
      inputs = (Array.isArray(replaced) ? replaced : [replaced]) as never[];
  }
  const { fullBackwardPreHooks, fullBackwardHooks } = registry;
  let output: unknown =
    fullBackwardPreHooks.length + fullBackwardHooks.length === 0
      ? module.forward(...inputs)
      : forwardWithBackwardHooks(module, inputs, [...fullBackwardPreHooks], [...fullBackwardHooks], (observed) =>
          module.forward(...observed),
        );
  for (const hook of [...registry.forwardHooks]) {
    const replaced = hook(module as never, inputs as never, output as never);
    if (replaced !== undefined && replaced !== null) output = replaced;
  }
  return output;
}
