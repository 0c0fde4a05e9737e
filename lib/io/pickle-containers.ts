/** Containers of a pickle while they are filled: what a dict is in JavaScript depends on all of its keys. */

import { CheckpointError } from '../errors.ts';
import { fromDict } from './python-values.ts';

/** A name that a pickle may use. */
export class Callable {
  /** What it makes of arguments, undefined for what is not called. */
  readonly call: ((args: readonly unknown[]) => unknown) | undefined;
  /** What it is where it is not called, such as a dtype. */
  readonly value: unknown;

  constructor(call: Callable['call'], value?: unknown) {
    this.call = call;
    this.value = value;
  }
}

/** A dict that is being filled. */
export class Building {
  readonly entries = new Map<unknown, unknown>();
  readonly ordered: boolean;

  constructor(ordered: boolean) {
    this.ordered = ordered;
  }
}

/** An `OrderedDict` that is being filled. */
export function orderedDict(): unknown {
  return new Building(true);
}

const mostDepth = 1000;

/** Turns values of the unpickler into what it returns; what was shared stays so. */
export class Finisher {
  readonly #where: string;
  readonly #done = new Map<unknown, unknown>();
  readonly #open = new Set<Building>();
  #work: number;

  /** @param work how many values there may be; a small pickle can name one list many times. */
  constructor(where: string, work: number) {
    this.#where = where;
    this.#work = work;
  }

  /** Arguments of a call: containers in them may still be filled. */
  finishAside(value: unknown): unknown {
    // A call may copy them.
    for (const each of Array.isArray(value) ? value : []) {
      if (typeof each === 'string' || each instanceof Uint8Array) this.#spend(each.length);
    }
    const finished = this.finish(value);
    this.#done.clear();
    return finished;
  }

  finish(value: unknown, depth = 0): unknown {
    this.#spend(1);
    if (typeof value !== 'object' || value === null) return value;
    if (depth > mostDepth) throw this.#damaged('values are nested too deeply');
    if (value instanceof Callable) return value.value;
    const done = this.#done.get(value);
    if (done !== undefined) return done;
    if (value instanceof Building) return this.#dict(value, depth);
    if (Array.isArray(value)) {
      this.#done.set(value, value);
      for (let i = 0; i < value.length; i++) value[i] = this.finish(value[i], depth + 1);
    }
    return value;
  }

  /** A key of a dict, or an element of a set. */
  key(value: unknown): unknown {
    this.#expectHashable(value);
    return value instanceof Callable ? value.value : value;
  }

  #dict(value: Building, depth: number): unknown {
    if (this.#open.has(value)) throw this.#damaged('a dict holds itself');
    this.#open.add(value);
    const entries = new Map<unknown, unknown>();
    for (const [key, each] of value.entries) entries.set(key, this.finish(each, depth + 1));
    const dict = value.ordered ? entries : fromDict(entries);
    this.#open.delete(value);
    this.#done.set(value, dict);
    return dict;
  }

  #expectHashable(value: unknown, depth = 0): void {
    if (value instanceof Building || value instanceof Set || depth > mostDepth) {
      throw this.#damaged('what can change is no key');
    }
    if (!Array.isArray(value)) return;
    if (value.constructor === Array) throw this.#damaged('a list is no key');
    this.#spend(value.length);
    for (let i = 0; i < value.length; i++) {
      this.#expectHashable(value[i], depth + 1);
      if (value[i] instanceof Callable) value[i] = (value[i] as Callable).value;
    }
  }

  #spend(work: number): void {
    this.#work -= work;
    if (this.#work < 0) throw this.#damaged('the pickle names the same values too often');
  }

  #damaged(what: string): CheckpointError {
    return new CheckpointError(`${this.#where}: ${what}`);
  }
}
