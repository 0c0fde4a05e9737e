/** State dicts: a module's parameters and buffers by name. */

import { noGrad } from '../autograd/modes.ts';
import { CheckpointError, describeValue } from '../errors.ts';
import { keep } from '../scope.ts';
import { Tensor } from '../tensor.ts';
import { ownBuffers, ownModules, ownParameters } from './fields.ts';
import type { Module } from './module.ts';
import { Parameter } from './parameter.ts';
import { registryOf } from './registry.ts';

/** Tensors by PyTorch's names. A `Map`, because an object would sort names such as `10` and `2` by number. */
export type StateDict = Map<string, Tensor>;

export interface StateDictOptions {
  /** Put before every name. */
  prefix?: string;
  /** Gives the parameters themselves instead of detached tensors that share their memory. */
  keepVars?: boolean;
}

export interface LoadOptions {
  /** Whether names must agree; true by default. Shapes always must. */
  strict?: boolean;
  /** Takes the tensors themselves in place of copying them. */
  assign?: boolean;
}

export interface IncompatibleKeys {
  missingKeys: string[];
  unexpectedKeys: string[];
}

/** A module's own state, without that of its submodules. */
function ownState(module: Module): [string, Tensor][] {
  const { buffers } = registryOf(module);
  return [...ownParameters(module), ...ownBuffers(module).filter(([name]) => buffers.get(name) === true)];
}

export function stateDict(module: Module, options: StateDictOptions): StateDict {
  const state: StateDict = new Map();
  const visit = (each: Module, prefix: string) => {
    for (const [name, tensor] of ownState(each)) {
      state.set(`${prefix}${name}`, options.keepVars === true ? tensor : tensor.detach());
    }
    for (const [name, child] of ownModules(each)) visit(child, `${prefix}${name}.`);
  };
  visit(module, options.prefix ?? '');
  return state;
}

function size(shape: readonly number[]): string {
  return `torch.Size([${shape.join(', ')}])`;
}

/** What a load is to do, and what stands against it. */
interface Plan {
  readonly copies: { module: Module; name: string; target: Tensor; source: Tensor }[];
  readonly missing: string[];
  readonly unexpected: string[];
  readonly problems: string[];
}

function plan(module: Module, state: ReadonlyMap<string, unknown>, prefix: string, into: Plan): void {
  const own = ownState(module);
  for (const [name, target] of own) {
    const key = `${prefix}${name}`;
    if (!state.has(key)) {
      into.missing.push(key);
      continue;
    }
    let source = state.get(key);
    if (!(source instanceof Tensor)) {
      into.problems.push(
        `While copying the parameter named "${key}", expected torch.Tensor or Tensor-like object from checkpoint but ` +
          `received ${describeValue(source)}`,
      );
      continue;
    }
    const shape = target.shape;
    // Files from before PyTorch 0.4 have [1] for [].
    if (shape.length === 0 && source.ndim === 1 && source.shape[0] === 1) source = source.squeeze(0);
    const given = (source as Tensor).shape;
    if (given.length !== shape.length || given.some((length, i) => length !== shape[i])) {
      into.problems.push(
        `size mismatch for ${key}: copying a param with shape ${size(given)} from checkpoint, ` +
          `the shape in current model is ${size(shape)}.`,
      );
      continue;
    }
    into.copies.push({ module, name, target, source: source as Tensor });
  }
  const children = ownModules(module);
  const names = new Set(own.map(([name]) => name));
  const childNames = new Set(children.map(([name]) => name));
  for (const key of state.keys()) {
    if (!key.startsWith(prefix)) continue;
    const rest = key.slice(prefix.length);
    const dot = rest.indexOf('.');
    if (dot < 0 ? !names.has(rest) : !childNames.has(rest.slice(0, dot))) into.unexpected.push(key);
  }
  for (const [name, child] of children) plan(child, state, `${prefix}${name}.`, into);
}

function quoted(keys: readonly string[]): string {
  return keys.map((key) => `"${key}"`).join(', ');
}

export function loadStateDict(
  module: Module,
  state: StateDict | Readonly<Record<string, Tensor>>,
  options: LoadOptions,
): IncompatibleKeys {
  if (typeof state !== 'object' || state === null || state instanceof Tensor || Array.isArray(state)) {
    throw new TypeError(`loadStateDict: expected a Map or an object of tensors, got ${describeValue(state)}`);
  }
  const entries = state instanceof Map ? state : new Map(Object.entries(state));
  const todo: Plan = { copies: [], missing: [], unexpected: [], problems: [] };
  plan(module, entries, '', todo);
  const problems = [...todo.problems];
  if (options.strict !== false) {
    if (todo.unexpected.length > 0) problems.unshift(`Unexpected key(s) in state_dict: ${quoted(todo.unexpected)}. `);
    if (todo.missing.length > 0) problems.unshift(`Missing key(s) in state_dict: ${quoted(todo.missing)}. `);
  }
  if (problems.length > 0) {
    const name = module.constructor.name;
    throw new CheckpointError(`Error(s) in loading state_dict for ${name}:\n\t${problems.join('\n\t')}`);
  }
  noGrad(() => {
    for (const { module: owner, name, target, source } of todo.copies) {
      if (options.assign !== true) target.copy_(source);
      else if (target instanceof Parameter) Reflect.set(owner, name, new Parameter(source, target.requiresGrad));
      else Reflect.set(owner, name, keep(source));
    }
  });
  return { missingKeys: todo.missing, unexpectedKeys: todo.unexpected };
}
