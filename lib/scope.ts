/** Scopes: tensors made inside are freed at the end, without waiting for the garbage collector. */

import { describeValue } from './errors.ts';
import { native, reserve, words } from './native.ts';

/** What a scope frees: anything with a native handle. */
export interface Held {
  readonly handle: number;
}

/** The innermost open scope's tensors, or undefined outside of any. `null` marks those that `keep` took out. */
export let current: (Held | null)[] | undefined;

/** The lists of all open scopes, the innermost last. */
const open: (Held | null)[][] = [];

let scopesClosed = 0;
let freedByScopes = 0;

/** Frees tensors at once; those that are freed already are passed over. */
export function release(list: readonly (Held | null)[]): void {
  if (list.length === 0) return;
  reserve(list.length + 1);
  let count = 0;
  for (const held of list) {
    if (held !== null) words[++count] = held.handle;
  }
  words[0] = count;
  native.release();
  freedByScopes += count;
}

/** Hands a tensor to whoever frees it from now on: the open scope, or the garbage collector. */
export function own(tensor: Held): void {
  if (current !== undefined) {
    current.push(tensor);
  } else {
    words[0] = tensor.handle;
    native.adopt(tensor);
  }
}

function isHeld(value: unknown): value is Held {
  return typeof value === 'object' && value !== null && 'handle' in value && typeof value.handle === 'number';
}

/** Calls `visit` for every tensor in a value: the value itself, or in arrays, plain objects, maps and sets, nested. */
function forEachHeld(value: unknown, visit: (held: Held) => void, seen = new Set<unknown>()): void {
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  if (isHeld(value)) visit(value);
  else if (Array.isArray(value) || value instanceof Set) for (const each of value) forEachHeld(each, visit, seen);
  else if (value instanceof Map) for (const each of value.values()) forEachHeld(each, visit, seen);
  else if (Object.getPrototypeOf(value) === Object.prototype) {
    for (const each of Object.values(value)) forEachHeld(each, visit, seen);
  }
}

/** What a scope returned goes to whoever frees it from now on. */
function handOut(result: object, mine: (Held | null)[]): void {
  const returned = new Set<Held>();
  forEachHeld(result, (held) => returned.add(held));
  if (returned.size === 0) return;
  for (let i = 0; i < mine.length; i++) {
    const held = mine[i] as Held | null;
    if (held !== null && returned.has(held)) {
      mine[i] = null;
      own(held);
    }
  }
}

/**
 * Runs `body` and frees every tensor made inside, except those in what it returns (nested arrays, objects, maps and sets
 * included), those given to `keep`, and parameters, buffers and optimizer state. What is returned belongs to the scope
 * around, or to the garbage collector where there is none.
 *
 * @throws TypeError if `body` is async: a scope ends when its function returns, so an async one would lose its tensors.
 * @example
 * const loss = torch.scope(() => lossFn(model(x), y).item());
 */
export function scope<T>(body: () => T): T {
  if (typeof body !== 'function') throw new TypeError(`scope: expected a function, got ${describeValue(body)}`);
  const outer = current;
  const mine: (Held | null)[] = [];
  current = mine;
  open.push(mine);
  try {
    const result = body();
    if (isThenable(result)) {
      throw new TypeError(
        'scope: the function must be synchronous, because the scope ends when it returns. ' +
          'Await first and open the scope around the synchronous part, or dispose tensors with `using`.',
      );
    }
    current = outer;
    if (typeof result === 'object' && result !== null) handOut(result, mine);
    return result;
  } finally {
    current = outer;
    open.pop();
    scopesClosed++;
    release(mine);
  }
}

/** True for promises and whatever else `await` would wait for. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

/**
 * Takes tensors out of every open scope: the garbage collector frees them, or `dispose`. Returns its argument.
 *
 * @example
 * torch.scope(() => { this.running = torch.keep(batch.mean(0)); });
 */
export function keep<T>(value: T): T {
  if (open.length === 0) return value;
  forEachHeld(value, (held) => {
    for (let i = open.length - 1; i >= 0; i--) {
      const list = open[i] as (Held | null)[];
      const position = list.lastIndexOf(held);
      if (position < 0) continue;
      list[position] = null;
      words[0] = held.handle;
      native.adopt(held);
      return;
    }
  });
  return value;
}

/** Runs `body` in another open scope, which was `current` once, or in none: what it makes belongs there. */
export function inScope<T>(list: typeof current, body: () => T): T {
  const inner = current;
  current = list;
  try {
    return body();
  } finally {
    current = inner;
  }
}

/** Runs `body` with no scope open: what it makes outlives the scopes around. For parameters, buffers and state. */
export function outsideScopes<T>(body: () => T): T {
  return inScope(undefined, body);
}

/** What is alive, in this process. */
export interface MemoryReport {
  /** Live tensors (and generators), of all threads. */
  tensors: number;
  /** Bytes of storage that live tensors were the first to hold. */
  bytes: number;
  /** Made since the start. */
  made: number;
  /** Freed since the start. */
  freed: number;
  /** Tensors that the open scope will free. */
  inScope: number;
  /** Freed by the ends of scopes and `dispose`, of this thread. */
  freedByScopes: number;
  /** Scopes that have ended, of this thread. */
  scopesClosed: number;
}

/** Counts live tensors and bytes: a loop that ends with as many as it began with does not leak. */
export function memory(): MemoryReport {
  const { tensors, bytes, made } = native.memory();
  const inScope = current === undefined ? 0 : current.length;
  return { tensors, bytes, made, freed: made - tensors, inScope, freedByScopes, scopesClosed };
}
