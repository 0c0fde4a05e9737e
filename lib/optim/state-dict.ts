/** State dicts of optimizers, in the form that Python's `torch.save` stores. */

import { getDefaultDtype, tensor } from '../creation.ts';
import { isFloatingDType } from '../dtype.ts';
import { CheckpointError, describeValue } from '../errors.ts';
import { camelCase } from '../schema.ts';
import { keep, scope } from '../scope.ts';
import { Tensor } from '../tensor.ts';
import type { Optimizer, ParamState } from './optimizer.ts';

/** Under Python's names: `param_groups`, `weight_decay`, `momentum_buffer` … */
export interface OptimizerStateDict {
  /** What is kept for each parameter, by its number. */
  state: Record<number, Record<string, unknown>>;
  /** Options, and `params` as numbers. */
  param_groups: ({ params: number[] } & Record<string, unknown>)[];
}

/** The reverse of `camelCase`; a capital at the start stays: `HDiag` is `H_diag`. */
function snakeCase(name: string): string {
  return name.replace(/(?<!^)[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function renamed(entries: object, rename: (name: string) => string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(entries).map(([key, value]) => [rename(key), value]));
}

/** A group's options under PyTorch's names, lists copied. */
export function packGroup(group: object): Record<string, unknown> {
  const { params: _, ...options } = group as { params: unknown };
  const packed = renamed(options, snakeCase);
  for (const [key, value] of Object.entries(packed)) if (Array.isArray(value)) packed[key] = [...value];
  return packed;
}

export function optimizerStateDict(optimizer: Optimizer): OptimizerStateDict {
  const numbers = new Map<Tensor, number>();
  const fused = new Map<Tensor, boolean>();
  const groups = optimizer.paramGroups.map((group) => {
    for (const param of group.params) {
      if (!numbers.has(param)) numbers.set(param, numbers.size);
      fused.set(param, Reflect.get(group, 'fused') === true);
    }
    return { ...optimizer.options(group), params: group.params.map((param) => numbers.get(param) as number) };
  });
  const state: OptimizerStateDict['state'] = {};
  for (const [param, kept] of optimizer.state) {
    const number = numbers.get(param);
    if (number === undefined) continue;
    const packed = renamed(kept, snakeCase);
    if (typeof packed.step === 'number' && optimizer.stepIsTensor) {
      const isFused = fused.get(param) === true;
      const dtype = !isFused && getDefaultDtype() === 'float64' ? 'float64' : 'float32';
      packed.step = tensor(packed.step, { dtype, device: isFused ? param.device : 'cpu' });
    }
    state[number] = packed;
  }
  return { state, param_groups: groups };
}

function expectState(value: unknown): asserts value is OptimizerStateDict {
  const state = value as Partial<OptimizerStateDict> | null | undefined;
  if (typeof state?.state !== 'object' || state.state === null || !Array.isArray(state.param_groups)) {
    throw new TypeError(`loadStateDict: expected { state, param_groups }, got ${describeValue(value)}`);
  }
}

/** A value of a parameter's state where and as the parameter is; steps become numbers. */
function takeOver(key: string, value: unknown, param: Tensor): ParamState[string] {
  if (Array.isArray(value)) return value.map((each) => takeOver('', each, param)) as ParamState[string];
  if (!(value instanceof Tensor)) return value as ParamState[string];
  if (key === 'step') return value.item() as number;
  const { dtype, device } = param;
  return value.detach().to(isFloatingDType(dtype) ? { dtype, device, copy: true } : { device, copy: true });
}

export function loadOptimizerState(optimizer: Optimizer, given: OptimizerStateDict): void {
  expectState(given);
  const groups = optimizer.paramGroups;
  const saved = given.param_groups;
  if (groups.length !== saved.length) {
    throw new CheckpointError('loaded state dict has a different number of parameter groups');
  }
  if (groups.some((group, i) => group.params.length !== saved[i]?.params.length)) {
    throw new CheckpointError(
      "loaded state dict contains a parameter group that doesn't match the size of optimizer's group",
    );
  }
  scope(() => {
    const state = new Map<Tensor, ParamState>();
    for (const [i, group] of groups.entries()) {
      const { params, ...options } = saved[i] as OptimizerStateDict['param_groups'][number];
      for (const [key, value] of Object.entries(options)) {
        const copy = value instanceof Tensor ? keep(value.detach().clone()) : Array.isArray(value) ? [...value] : value;
        // Not an assignment: a file may name `__proto__`.
        Object.defineProperty(group, camelCase(key), {
          value: copy,
          writable: true,
          enumerable: true,
          configurable: true,
        });
      }
      for (const [position, number] of params.entries()) {
        const kept = given.state[number];
        if (kept === undefined) continue;
        const param = group.params[position] as Tensor;
        const entries = Object.entries(kept).map(([key, value]) => [camelCase(key), takeOver(key, value, param)]);
        state.set(param, keep(Object.fromEntries(entries)));
      }
    }
    optimizer.state.clear();
    for (const [param, kept] of state) optimizer.state.set(param, kept);
  });
}
