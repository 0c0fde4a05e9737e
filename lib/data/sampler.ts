/** Samplers: in which order a dataset's samples come. */

import { describeValue } from '../errors.ts';
import type { Generator as RandomGenerator } from '../generator.ts';
import { Tensor } from '../tensor.ts';
import { stateOf } from './draws.ts';

/** Anything with a length, which is all that most samplers need of a dataset. */
export interface Sized {
  readonly length: number;
}

/** Where a sampler is in its order, and what the order was drawn from: enough to continue in the middle. */
export interface SamplerState {
  /** How many items have been given out of the order that began last; 0 before and after it. */
  position: number;
  /** The seed that the order was drawn from, where the sampler draws one. */
  seed?: bigint | null;
  /** The state of the generator when the order was drawn. */
  generator?: Tensor | null;
  /** The state of the sampler below, of one that wraps another. */
  sampler?: SamplerState | null;
}

/** What can be continued from a state. */
export interface Resumable {
  stateDict(): SamplerState;
  loadStateDict(state: SamplerState): void;
}

/** True for a sampler with a state. */
export function isResumable(sampler: unknown): sampler is Resumable {
  return (
    typeof sampler === 'object' &&
    sampler !== null &&
    typeof (sampler as Partial<Resumable>).stateDict === 'function' &&
    typeof (sampler as Partial<Resumable>).loadStateDict === 'function'
  );
}

/**
 * Indices in some order (`torch.utils.data.Sampler`). A subclass writes `*[Symbol.iterator]()` and `length`; any other
 * iterable serves as well.
 */
export abstract class Sampler<T = number> implements Iterable<T> {
  abstract readonly length: number;
  abstract [Symbol.iterator](): Iterator<T>;
}

/** The items of an order, and what it was drawn from. */
export interface Order<T> {
  readonly items: Iterable<T>;
  readonly origin: Omit<SamplerState, 'position'>;
}

/**
 * A sampler that can be saved in the middle of its order and continued: `begin` draws an order, anew or from a saved
 * origin.
 */
export abstract class ResumableSampler<T = number> extends Sampler<T> implements Resumable {
  #position = 0;
  #origin: Omit<SamplerState, 'position'> | undefined;
  #resumed: SamplerState | undefined;

  /** Draws an order; from `origin` where one is given. */
  protected abstract begin(origin: Omit<SamplerState, 'position'> | undefined): Order<T>;

  /** What a state says before any order was drawn. */
  protected abstract idle(): Omit<SamplerState, 'position'>;

  /** Takes over what must be set before the next order is drawn. */
  protected prepare(_state: SamplerState): void {}

  *[Symbol.iterator](): Generator<T, void, undefined> {
    const resumed = this.#resumed;
    this.#resumed = undefined;
    const { items, origin } = this.begin(resumed);
    this.#origin = origin;
    this.#position = 0;
    const skipped = resumed?.position ?? 0;
    let given = 0;
    for (const item of items) {
      given++;
      // Another iterator may have begun since: it counts from then on.
      if (this.#origin === origin) this.#position = given;
      if (given > skipped) yield item;
    }
    if (this.#origin !== origin) return;
    this.#origin = undefined;
    this.#position = 0;
  }

  /** Where the iterator that began last is; between two of them, what the next one begins with. */
  stateDict(): SamplerState {
    if (this.#resumed !== undefined) return { ...this.#resumed };
    return { position: this.#position, ...(this.#origin ?? this.idle()) };
  }

  /**
   * Makes the next iterator continue where the saved one was.
   *
   * @throws TypeError for what is not a state of such a sampler.
   */
  loadStateDict(state: SamplerState): void {
    expectState(`${this.constructor.name}.loadStateDict`, state);
    this.prepare(state);
    this.#resumed = { ...state };
    this.#origin = undefined;
    this.#position = 0;
  }
}

/** The state of a generator that was given, null where the default one is used: that is saved by its owner. */
export function idleState(generator: RandomGenerator | null): { generator: Tensor | null } {
  return { generator: generator === null ? null : stateOf(generator) };
}

function expectState(where: string, state: unknown): void {
  const { position, seed, generator, sampler } = (state ?? {}) as Partial<SamplerState>;
  const fits =
    typeof state === 'object' &&
    Number.isSafeInteger(position) &&
    (position as number) >= 0 &&
    (seed == null || typeof seed === 'bigint' || Number.isSafeInteger(seed)) &&
    (generator == null || generator instanceof Tensor) &&
    (sampler == null || typeof sampler === 'object');
  if (!fits) throw new TypeError(`${where}: expected what stateDict returned, got ${describeValue(state)}`);
}
