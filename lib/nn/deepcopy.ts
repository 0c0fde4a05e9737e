/** Copies of whole modules. */

import { keep, scope } from '../scope.ts';
import { Tensor } from '../tensor.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';
import { registryOf } from './registry.ts';

/** What has been copied, by what it is a copy of: things that are shared stay shared. */
type Memo = Map<object, unknown>;

function copyTensor(tensor: Tensor): Tensor {
  const data = tensor.detach().clone();
  return tensor instanceof Parameter ? new Parameter(data, tensor.requiresGrad) : data;
}

function copyValue(value: unknown, memo: Memo): unknown {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return value;
  if (!memo.has(value)) {
    if (value instanceof Module) return copyModule(value, memo);
    if (!(value instanceof Tensor)) return value;
    memo.set(value, keep(scope(() => copyTensor(value))));
  }
  return memo.get(value);
}

function copyModule(module: Module, memo: Memo): Module {
  // The class's own constructor would ask for arguments.
  const copy = Reflect.construct(Module as never, [], module.constructor) as Module;
  memo.set(module, copy);
  const registry = registryOf(module);
  for (const name of Object.keys(module)) {
    const value = copyValue(Reflect.get(module, name), memo);
    const persistent = registry.buffers.get(name);
    if (persistent !== undefined) copy.registerBuffer(name, value as Tensor | null, persistent);
    else if (registry.modules.has(name)) copy.registerModule(name, value as Module | null);
    else if (registry.parameters.has(name)) copy.registerParameter(name, value as Parameter | null);
    else Reflect.set(copy, name, value);
  }
  return copy;
}

/** A copy of a module and of all below it that shares no memory with it (Python's `copy.deepcopy(module)`). */
export function deepcopy<M extends Module>(module: M): M {
  return copyModule(module, new Map()) as M;
}
