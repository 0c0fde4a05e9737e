/** Weights that a hook computes anew before each call: how the older normalisations of weights work. */

import { keep } from '../../scope.ts';
import type { Tensor } from '../../tensor.ts';
import type { Module } from '../module.ts';
import type { HookHandle } from '../registry.ts';

interface Recomputed {
  readonly kind: string;
  readonly handle: HookHandle;
  readonly restore: () => void;
}

const recomputed = new WeakMap<Module, Map<string, Recomputed>>();

/**
 * Makes the field `name` what `compute` gives, now and before each call.
 * @throws RangeError if a hook of this kind computes it already.
 */
export function recomputeBeforeCalls(
  kind: string,
  module: Module,
  name: string,
  compute: (module: Module) => Tensor,
  restore: () => void,
): void {
  const entries = recomputed.get(module) ?? new Map<string, Recomputed>();
  recomputed.set(module, entries);
  const handle = module.registerForwardPreHook((each: Module) => {
    Reflect.set(each, name, keep(compute(each)));
  });
  entries.set(name, { kind, handle, restore });
}

/** @throws RangeError if a hook of this kind computes the field already. */
export function expectNotRecomputed(kind: string, module: Module, name: string): void {
  if (recomputed.get(module)?.get(name)?.kind !== kind) return;
  throw new RangeError(`${kind}: ${module.constructor.name} has it on ${name} already`);
}

/** Takes such a hook away and restores the parameter. @throws RangeError if there is none. */
export function stopRecomputing(where: string, kind: string, module: Module, name: string): void {
  const entry = recomputed.get(module)?.get(name);
  if (entry?.kind !== kind) throw new RangeError(`${where}: ${module.constructor.name} has no ${kind} on '${name}'`);
  entry.restore();
  entry.handle.remove();
  recomputed.get(module)?.delete(name);
}
