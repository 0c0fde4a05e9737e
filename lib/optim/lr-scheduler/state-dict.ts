/** State dicts of schedulers: fields under the names that Python's schedulers have. */

import { describeValue } from '../../errors.ts';
import { camelCase } from '../../schema.ts';
import { keep } from '../../scope.ts';
import { Tensor } from '../../tensor.ts';

/** Under PyTorch's names: `last_epoch`, `base_lrs`, `_last_lr` … */
export type SchedulerStateDict = Record<string, unknown>;

/** Names that the rule would not give. Those of the base stand last, as Python makes them last. */
const names: Readonly<Record<string, string>> = {
  T0: 'T_0',
  annealFuncType: '_anneal_func_type',
  annealStrategy: '_anneal_strategy',
  schedulePhases: '_schedule_phases',
  boundaries: '_milestones',
};
const baseNames: Readonly<Record<string, string>> = {
  baseLrs: 'base_lrs',
  lastEpoch: 'last_epoch',
  stepCount: '_step_count',
  isInitial: '_is_initial',
  getLrCalledWithinStep: '_get_lr_called_within_step',
  lastLr: '_last_lr',
};
const fields = new Map(Object.entries({ ...names, ...baseNames }).map(([field, key]) => [key, field]));

function keyOf(field: string): string {
  return names[field] ?? field.replace(/(?<!^)[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function copied(value: unknown): unknown {
  if (value instanceof Tensor) return keep(value.detach().clone());
  if (Array.isArray(value)) return value.map(copied);
  return value instanceof Map ? new Map(value) : value;
}

/** Fields that are no data. */
const apart: ReadonlySet<string> = new Set(['optimizer', 'schedulers', 'lambdas']);

/** The fields of a scheduler that are data. */
export function packState(scheduler: object): SchedulerStateDict {
  const own = Object.entries(scheduler).filter(([field, value]) => !apart.has(field) && typeof value !== 'function');
  const first = own.filter(([field]) => !Object.hasOwn(baseNames, field));
  const state = first.map(([field, value]) => [keyOf(field), copied(value)]);
  for (const [field, key] of Object.entries(baseNames)) {
    if (Object.hasOwn(scheduler, field)) state.push([key, copied(Reflect.get(scheduler, field))]);
  }
  return Object.fromEntries(state);
}

/** Sets the fields that a state dict names; what it names beyond them is passed over. */
export function loadState(scheduler: object, state: SchedulerStateDict): void {
  if (typeof state !== 'object' || state === null || Array.isArray(state) || state instanceof Tensor) {
    throw new TypeError(`loadStateDict: expected a scheduler's state dict, got ${describeValue(state)}`);
  }
  for (const [key, value] of Object.entries(state)) {
    const field = fields.get(key) ?? camelCase(key);
    if (apart.has(field) || !Object.hasOwn(scheduler, field)) continue;
    if (typeof Reflect.get(scheduler, field) !== 'function') Reflect.set(scheduler, field, copied(value));
  }
}
