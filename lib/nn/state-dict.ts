/** State dicts: a module's parameters and buffers by name. */

import { noGrad } from '../autograd/modes.ts';
import { CheckpointError, describeValue } from '../errors.ts';
import { keep } from '../scope.ts';
import { Tensor } from '../tensor.ts';
import { readTrailing } from './arguments.ts';
import { ownBuffers, ownChildren, ownModules, ownParameters } from './fields.ts';
import type { Module } from './module.ts';
import { Parameter } from './parameter.ts';
import { registryOf } from './registry.ts';

/** Tensors by PyTorch's names. A `Map`, because an object would sort names such as `10` and `2` by number. */
export type StateDict = Map<string, Tensor>;

export interface StateDictOptions {
  /** Takes the entries; a new one by default. */
  destination?: StateDict;
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

const extraState = '_extra_state';

export function stateDict(module: Module, options: StateDictOptions): StateDict {
  const { destination = new Map<string, Tensor>(), keepVars = false, prefix = '' } = options;
  const registry = registryOf(module);
  const metadata = { version: 1 };
  for (const hook of [...registry.stateDictPreHooks]) hook(module as never, prefix as never, keepVars as never);
  for (const [name, tensor] of ownState(module)) {
    destination.set(`${prefix}${name}`, keepVars ? tensor : tensor.detach());
  }
  // What is no tensor is the business of whoever writes `getExtraState`.
  if (module.getExtraState !== undefined) destination.set(`${prefix}${extraState}`, module.getExtraState() as Tensor);
  for (const [name, child] of ownModules(module)) {
    child.stateDict({ destination, keepVars, prefix: `${prefix}${name}.` });
  }
  for (const hook of [...registry.stateDictPostHooks]) {
    const returned = hook(module as never, destination as never, prefix as never, metadata as never);
    expectNothing('registerStateDictPostHook', returned);
  }
  return destination;
}

function expectNothing(where: string, returned: unknown): void {
  if (returned !== undefined && returned !== null) {
    throw new TypeError(
      `${where}: a hook must return nothing and change what it is given, got ${describeValue(returned)}`,
    );
  }
}

function size(shape: readonly number[]): string {
  return `torch.Size([${shape.join(', ')}])`;
}

/** What a load does, and what stands against it. */
interface Plan {
  /** Does something, at once or when nothing stands against the load. */
  readonly act: (action: () => void) => void;
  /** The lists that hooks get, which is why they are one object from the beginning. */
  readonly keys: IncompatibleKeys;
  readonly problems: string[];
  readonly assign: boolean;
}

/** The tensor that a state dict has for one of a module, or undefined and a problem noted. */
function sourceFor(key: string, target: Tensor, given: unknown, problems: string[]): Tensor | undefined {
  if (!(given instanceof Tensor)) {
    problems.push(
      `While copying the parameter named "${key}", expected torch.Tensor or Tensor-like object from checkpoint but ` +
        `received ${describeValue(given)}`,
    );
    return undefined;
  }
  const shape = target.shape;
  // Files from before PyTorch 0.4 have [1] for [].
  const source = shape.length === 0 && given.ndim === 1 && given.shape[0] === 1 ? given.squeeze(0) : given;
  const own = source.shape;
  if (own.length !== shape.length || own.some((length, i) => length !== shape[i])) {
    problems.push(
      `size mismatch for ${key}: copying a param with shape ${size(own)} from checkpoint, ` +
        `the shape in current model is ${size(shape)}.`,
    );
    return undefined;
  }
  return source;
}

function put(module: Module, name: string, key: string, target: Tensor, source: Tensor, assign: boolean): void {
  if (assign) {
    if (!(target instanceof Parameter)) Reflect.set(module, name, keep(source));
    else if (source instanceof Parameter) {
      source.requiresGrad = target.requiresGrad;
      Reflect.set(module, name, source);
    } else Reflect.set(module, name, new Parameter(source, target.requiresGrad));
    return;
  }
  if (target.isMeta && !source.isMeta) {
    process.emitWarning(`loadStateDict: ${key} has no data on meta, so nothing is copied; pass { assign: true }`);
  }
  noGrad(() => target.copy_(source));
}

function plan(module: Module, state: Map<string, unknown>, prefix: string, into: Plan): void {
  const registry = registryOf(module);
  const { missingKeys, unexpectedKeys } = into.keys;
  const metadata = into.assign ? { assign_to_params_buffers: true } : {};
  for (const hook of [...registry.loadStateDictPreHooks] as ((...values: unknown[]) => unknown)[]) {
    hook(module, state, prefix, metadata, true, missingKeys, unexpectedKeys, into.problems);
  }
  const own = ownState(module);
  for (const [name, target] of own) {
    const key = `${prefix}${name}`;
    if (!state.has(key)) {
      missingKeys.push(key);
      continue;
    }
    const source = sourceFor(key, target, state.get(key), into.problems);
    if (source !== undefined) into.act(() => put(module, name, key, target, source, into.assign));
  }
  const extraKey = `${prefix}${extraState}`;
  if (module.setExtraState === undefined) {
    if (state.has(extraKey)) unexpectedKeys.push(extraKey);
  } else if (state.has(extraKey)) into.act(() => module.setExtraState?.(state.get(extraKey)));
  else missingKeys.push(extraKey);
  const names = new Set(own.map(([name]) => name));
  const childNames = new Set(ownChildren(module).map(([name]) => name));
  for (const key of state.keys()) {
    if (!key.startsWith(prefix) || key === extraKey) continue;
    const rest = key.slice(prefix.length);
    const dot = rest.indexOf('.');
    if (dot < 0 ? !names.has(rest) : !childNames.has(rest.slice(0, dot))) unexpectedKeys.push(key);
  }
  for (const [name, child] of ownModules(module)) {
    const below = `${prefix}${name}.`;
    plan(child, new Map([...state].filter(([key]) => key.startsWith(below))), below, into);
  }
  for (const hook of [...registry.loadStateDictPostHooks] as ((...values: unknown[]) => unknown)[]) {
    into.act(() => expectNothing('registerLoadStateDictPostHook', hook(module, into.keys)));
  }
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
  const { assign, strict } = readTrailing('loadStateDict', [], [options], { strict: true, assign: false });
  // Hooks that run after loading may forgive keys, so with them a load cannot be refused before it is done.
  const atOnce = [...module.modules()].some((each) => registryOf(each).loadStateDictPostHooks.length > 0);
  const actions: (() => void)[] = [];
  const act = atOnce ? (action: () => void) => action() : (action: () => void) => void actions.push(action);
  const todo: Plan = { act, keys: { missingKeys: [], unexpectedKeys: [] }, problems: [], assign };
  plan(module, new Map(state instanceof Map ? state : Object.entries(state)), '', todo);
  refuse(module, todo, strict);
  for (const action of actions) action();
  return todo.keys;
}

/** Throws if anything stands against a load, with PyTorch's words. */
function refuse(module: Module, { keys, problems }: Plan, strict: boolean): void {
  const { missingKeys, unexpectedKeys } = keys;
  const lines = [...problems];
  if (strict && unexpectedKeys.length > 0) {
    lines.unshift(`Unexpected key(s) in state_dict: ${quoted(unexpectedKeys)}. `);
  }
  if (strict && missingKeys.length > 0) lines.unshift(`Missing key(s) in state_dict: ${quoted(missingKeys)}. `);
  if (lines.length === 0) return;
  throw new CheckpointError(`Error(s) in loading state_dict for ${module.constructor.name}:\n\t${lines.join('\n\t')}`);
}
