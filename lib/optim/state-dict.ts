/** State dicts of optimizers, in the form that Python's `torch.save` stores. */

import { tensor } from '../creation.ts';
import { isComplexDType, isFloatingDType } from '../dtype.ts';
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

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export function optimizerStateDict(optimizer: Optimizer): OptimizerStateDict {
  const numbers = new Map<Tensor, number>();
  const groups = optimizer.paramGroups.map((group) => {
    for (const param of group.params) if (!numbers.has(param)) numbers.set(param, numbers.size);
    const named = group.paramNames === undefined ? {} : { param_names: [...group.paramNames] };
    return { ...optimizer.options(group), ...named, params: group.params.map((param) => numbers.get(param) as number) };
  });
  const state: OptimizerStateDict['state'] = {};
  for (const [param, kept] of optimizer.state) {
    const number = numbers.get(param);
    if (number === undefined) continue;
    // Python counts steps in a tensor.
    const entries = Object.entries(kept).map(([key, value]) => [
      snakeCase(key),
      key === 'step' && typeof value === 'number' ? tensor(value, { dtype: 'float32', device: 'cpu' }) : value,
    ]);
    state[number] = Object.fromEntries(entries);
  }
  return { state, param_groups: groups };
}

function expectState(value: unknown): asserts value is OptimizerStateDict {
  const state = value as Partial<OptimizerStateDict> | null | undefined;
  if (typeof state?.state !== 'object' || state.state === null || !Array.isArray(state.param_groups)) {
    throw new TypeError(`loadStateDict: expected { state, param_groups }, got ${describeValue(value)}`);
  }
}

/** A value of a parameter's state where and as the parameter is; steps stay numbers unless the kernel counts them. */
function takeOver(key: string, value: unknown, param: Tensor, fused: boolean): Tensor | number | null {
  if (key === 'step') {
    const step = value instanceof Tensor ? (value.item() as number) : (value as number);
    return fused ? keep(tensor(step, { dtype: 'float32', device: param.device })) : step;
  }
  if (!(value instanceof Tensor)) return value as number | null;
  const { dtype, device } = param;
  const casts = isFloatingDType(dtype) || isComplexDType(dtype);
  return keep(value.detach().to(casts ? { dtype, device, copy: true } : { device, copy: true }));
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
      const known = new Set(['param_names', ...Object.keys(optimizer.options(group))]);
      for (const [key, value] of Object.entries(options)) {
        // What is fixed here (`capturable`, `differentiable`) has no field.
        const name = camelCase(key);
        if (known.has(key) && !(name in group) && key !== 'param_names') continue;
        Reflect.set(group, name, Array.isArray(value) ? [...value] : value);
      }
      for (const [position, number] of params.entries()) {
        const kept = given.state[number];
        if (kept === undefined) continue;
        const param = group.params[position] as Tensor;
        const entries = Object.entries(kept).map(([key, value]) => [
          camelCase(key),
          takeOver(key, value, param, group.fused === true),
        ]);
        state.set(param, Object.fromEntries(entries));
      }
    }
    optimizer.state.clear();
    for (const [param, kept] of state) optimizer.state.set(param, kept);
  });
}
