/** Finds a module's parameters, buffers and submodules among its own fields, in PyTorch's order. */

import { Tensor } from '../tensor.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';
import { registryOf } from './registry.ts';

/** A field's value by name. */
export function fieldOf(module: Module, name: string): unknown {
  return (module as unknown as Record<string, unknown>)[name];
}

const indexLike = /^(0|[1-9]\d*)$/;

/** Names of fields in the order in which they were made or registered. */
export function namesOf(module: Module): string[] {
  const names = Object.keys(module);
  if (names.length === 0 || !indexLike.test(names[0] as string)) return names;
  // JavaScript lists such names first and by number; those that were registered stand in their own order.
  const { order } = registryOf(module);
  const registered = order.filter((name) => indexLike.test(name) && Object.hasOwn(module, name));
  const placed = new Set(registered);
  return [...registered, ...names.filter((name) => !placed.has(name))];
}

export function ownParameters(module: Module): [string, Parameter][] {
  const found: [string, Parameter][] = [];
  for (const name of namesOf(module)) {
    const value = fieldOf(module, name);
    if (value instanceof Parameter) found.push([name, value]);
  }
  return found;
}

export function ownBuffers(module: Module): [string, Tensor][] {
  const found: [string, Tensor][] = [];
  for (const name of registryOf(module).buffers.keys()) {
    const value = fieldOf(module, name);
    if (value instanceof Tensor) found.push([name, value]);
  }
  return found;
}

/** Submodules by name, null for one that is registered and not there. */
export function ownChildren(module: Module): [string, Module | null][] {
  const { modules } = registryOf(module);
  const found: [string, Module | null][] = [];
  for (const name of namesOf(module)) {
    const value = fieldOf(module, name);
    if (value instanceof Module || (value === null && modules.has(name))) found.push([name, value]);
  }
  return found;
}

/** Submodules; a module that two fields hold comes twice. */
export function ownModules(module: Module): [string, Module][] {
  return ownChildren(module).filter((entry): entry is [string, Module] => entry[1] !== null);
}

/** Every module of a tree by its dotted name; each once where `removeDuplicate`. */
export function* walkModules(
  module: Module,
  prefix: string,
  removeDuplicate: boolean,
  seen = new Set<Module>(),
): Generator<[string, Module], undefined> {
  if (seen.has(module)) return;
  if (removeDuplicate) seen.add(module);
  yield [prefix, module];
  for (const [name, child] of ownModules(module)) {
    yield* walkModules(child, prefix === '' ? name : `${prefix}.${name}`, removeDuplicate, seen);
  }
}

/** What `own` finds in a module, and with `recurse` in all below it, by dotted name. */
export function* walkMembers<T extends object>(
  module: Module,
  own: (module: Module) => [string, T][],
  prefix: string,
  recurse: boolean,
  removeDuplicate: boolean,
): Generator<[string, T], undefined> {
  const seen = new Set<T>();
  const modules = recurse ? walkModules(module, prefix, removeDuplicate) : [[prefix, module] as const];
  for (const [path, each] of modules) {
    for (const [name, member] of own(each)) {
      if (seen.has(member)) continue;
      if (removeDuplicate) seen.add(member);
      yield [path === '' ? name : `${path}.${name}`, member];
    }
  }
}
