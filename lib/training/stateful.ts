/** What a checkpoint holds: anything that gives its state and takes it back. */

import { describeValue } from '../errors.ts';
import { Generator } from '../generator.ts';

/** A module, optimizer, scheduler, scaler, sampler, data loader, or an object of the user's. */
export interface Stateful {
  /** Tensors, numbers, strings, booleans, null, and arrays, maps and plain objects of them. */
  stateDict(): unknown;
  loadStateDict(state: never): unknown;
}

export function isStateful(value: unknown): value is Stateful {
  const { stateDict, loadStateDict } = (value ?? {}) as Partial<Stateful>;
  return typeof stateDict === 'function' && typeof loadStateDict === 'function';
}

/** An object's state; a generator's is its stream. */
export function stateOf(where: string, value: Stateful | Generator): unknown {
  if (value instanceof Generator) return value.getState();
  if (isStateful(value)) return value.stateDict();
  throw new TypeError(
    `${where} must have stateDict() and loadStateDict(), or be a Generator; got ${describeValue(value)}`,
  );
}

export function restore(value: Stateful | Generator, state: unknown): void {
  if (value instanceof Generator) value.setState(state as never);
  else value.loadStateDict(state as never);
}
