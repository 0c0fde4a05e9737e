/** Copies of whole modules. */

import { TorchError } from '../errors.ts';
import { keep, scope } from '../scope.ts';
import { Tensor } from '../tensor.ts';
import { namesOf } from './fields.ts';
import { Module } from './module.ts';
import { ModuleSequence } from './module-sequence.ts';
import { Parameter } from './parameter.ts';
import { ParameterDict } from './parameter-dict.ts';
import { ParameterList } from './parameter-list.ts';
import { type AnyHook, type Registry, registryOf } from './registry.ts';

/** What has been copied, by what it is a copy of: things that are shared stay shared. */
type Memo = Map<object, unknown>;

function copyTensor(tensor: Tensor, memo: Memo): Tensor {
  if (!tensor.isLeaf) {
    throw new TorchError('deepcopy: only leaves can be copied; detach the tensors that operations have made');
  }
  const { requiresGrad } = tensor;
  const copy = scope(() => {
    const data = tensor.detach().clone({ memoryFormat: 'preserve_format' });
    return tensor instanceof Parameter ? new Parameter(data, requiresGrad) : data;
  });
  if (requiresGrad) copy.requiresGrad = true;
  memo.set(tensor, copy);
  return keep(copy);
}

function copyValue(value: unknown, memo: Memo): unknown {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return value;
  const known = memo.get(value);
  if (known !== undefined) return known;
  if (value instanceof Module) return copyModule(value, memo);
  if (value instanceof Tensor) return copyTensor(value, memo);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Array.prototype) {
    const copy: unknown[] = [];
    memo.set(value, copy);
    for (const each of value as unknown[]) copy.push(copyValue(each, memo));
    return copy;
  }
  if (prototype === Map.prototype) {
    const copy = new Map<unknown, unknown>();
    memo.set(value, copy);
    for (const [key, each] of value as Map<unknown, unknown>) copy.set(copyValue(key, memo), copyValue(each, memo));
    return copy;
  }
  if (prototype === Set.prototype) {
    const copy = new Set<unknown>();
    memo.set(value, copy);
    for (const each of value as Set<unknown>) copy.add(copyValue(each, memo));
    return copy;
  }
  if (prototype === Object.prototype) {
    const copy: Record<string, unknown> = {};
    memo.set(value, copy);
    for (const [key, each] of Object.entries(value)) copy[key] = copyValue(each, memo);
    return copy;
  }
  return value;
}

// These keep account of their children, so that their own constructors must have made the copy.
const bases = [ModuleSequence, ParameterList, ParameterDict];

/** An object of the same class with nothing in it: the class's own constructor would ask for arguments. */
function blank(module: Module): Module {
  const prototype = Object.getPrototypeOf(module) as { constructor: new () => Module };
  const base = bases.find((each) => module instanceof each) ?? Module;
  return Reflect.construct(base, [], prototype.constructor) as Module;
}

const hookLists = [
  'forwardPreHooks',
  'forwardHooks',
  'fullBackwardPreHooks',
  'fullBackwardHooks',
  'stateDictPreHooks',
  'stateDictPostHooks',
  'loadStateDictPreHooks',
  'loadStateDictPostHooks',
] as const satisfies readonly (keyof Registry)[];

function copyHooks(from: Registry, to: Registry): void {
  for (const list of hookLists) {
    for (const hook of from[list] as readonly AnyHook[]) {
      to[list].push(hook);
      if (from.alwaysCalled.has(hook)) to.alwaysCalled.add(hook);
    }
  }
  to.hooked = from.hooked;
}

function copyModule(module: Module, memo: Memo): Module {
  const copy = blank(module);
  memo.set(module, copy);
  const registry = registryOf(module);
  for (const name of namesOf(module)) {
    const value = copyValue(Reflect.get(module, name), memo);
    const persistent = registry.buffers.get(name);
    if (persistent !== undefined) copy.registerBuffer(name, value as Tensor | null, persistent);
    else if (registry.modules.has(name)) copy.registerModule(name, value as Module | null);
    else if (!registry.parameters.has(name)) Reflect.set(copy, name, value);
    else if (copy instanceof ParameterList) copy.append(value as Parameter);
    else if (copy instanceof ParameterDict) copy.set(name, value as Parameter);
    else copy.registerParameter(name, value as Parameter | null);
  }
  // Properties that compute, such as parametrised tensors, belong to the module that they are asked of.
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(module))) {
    if (property.get !== undefined) Object.defineProperty(copy, name, property);
  }
  copyHooks(registry, registryOf(copy));
  return copy;
}

/**
 * A copy of a module and of all below it that shares no memory with it (Python's `copy.deepcopy(module)`): parameters,
 * buffers, modules, and the arrays, maps, sets and plain objects in fields; functions, hooks and other objects are the same.
 * What two fields share, their copies share. No constructor of the module's class runs, so that its `#private` members, if
 * it has any, do not exist in the copy: copy such a module by making another and loading its state.
 *
 * @throws TorchError if a field holds a tensor that an operation made, which belongs to a graph.
 * @example
 * const teacher = nn.deepcopy(student).requiresGrad_(false);
 */
export function deepcopy<M extends Module>(module: M): M {
  if (!((module as unknown) instanceof Module)) {
    throw new TypeError(`deepcopy: module must be a Module, got ${String(module)}`);
  }
  return copyModule(module, new Map()) as M;
}
