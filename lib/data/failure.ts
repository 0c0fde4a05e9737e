/** Errors on their way to another thread, which keeps only the built-in classes of those that it clones. */

import * as errors from '../errors.ts';
import { describeValue, TorchError, WorkerError } from '../errors.ts';

/** An error as plain data. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly details: Readonly<Record<string, string | number>>;
  readonly cause: Failure | undefined;
}

/** An error, or whatever was thrown, as plain data. */
export function packFailure(thrown: unknown, depth = 0): Failure {
  if (!(thrown instanceof Error)) {
    const message = `what was thrown is no Error but ${describeValue(thrown)}`;
    return { name: 'Error', message, stack: undefined, details: {}, cause: undefined };
  }
  const own = Object.entries(thrown).filter(
    (entry): entry is [string, string | number] => typeof entry[1] === 'string' || typeof entry[1] === 'number',
  );
  return {
    name: String(thrown.name),
    message: String(thrown.message),
    stack: thrown.stack,
    details: Object.fromEntries(own),
    cause: thrown.cause === undefined || depth > 8 ? undefined : packFailure(thrown.cause, depth + 1),
  };
}

const builtIn: Readonly<Record<string, new (message?: string) => Error>> = {
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
};

/** The error again: of its class where that is built in or ours, otherwise an `Error` of its name. */
export function unpackFailure(failure: Failure): Error {
  const ours: unknown = Object.hasOwn(errors, failure.name) ? Reflect.get(errors, failure.name) : undefined;
  const isOurs = typeof ours === 'function' && (ours === TorchError || ours.prototype instanceof TorchError);
  const Class = (isOurs ? ours : builtIn[failure.name]) as (new (message?: string) => Error) | undefined;
  const error = new (Class ?? Error)(failure.message);
  for (const [key, value] of Object.entries(failure.details)) Reflect.set(error, key, value);
  if (Class === undefined && failure.name !== 'Error') hide(error, 'name', failure.name);
  hide(error, 'stack', failure.stack);
  if (failure.cause !== undefined) hide(error, 'cause', unpackFailure(failure.cause));
  return error;
}

function hide(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable: false });
}

/** The error for what happened in a worker. */
export function workerError(
  worker: number,
  what: string,
  details: { index?: unknown; cause?: Error } = {},
): WorkerError {
  const { index, cause } = details;
  const at = index === undefined ? '' : `, index ${describeIndex(index)}`;
  const error = new WorkerError(`DataLoader: worker ${worker}${at}: ${what}`);
  if (cause !== undefined) hide(error, 'cause', cause);
  error.worker = worker;
  if (index !== undefined) error.index = index;
  return error;
}

function describeIndex(index: unknown): string {
  return Array.isArray(index) && index.length > 8
    ? `[${index.slice(0, 8).join(', ')}, … ${index.length} in all]`
    : describeValue(index);
}
