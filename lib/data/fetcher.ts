/** Reads samples from a dataset and collates them, in the loader's own thread and in workers. */

import { type IterableStyle, isIterableStyle, type MapStyle, sampleOf } from './dataset.ts';

/** What turns samples into a batch, or converts a single one. */
export type CollateFn = (samples: never) => unknown;

/** Thrown where a fetch was given up on purpose. */
export const givenUp = Symbol('given up');
/** Returned where an iterable dataset has ended. */
export const ended = Symbol('ended');

export interface FetcherOptions {
  /** Samples come in batches, not one by one. */
  readonly batched: boolean;
  readonly dropLast: boolean;
  readonly collate: CollateFn;
}

/** One reader of one dataset, for one epoch. */
export interface Fetcher {
  /** The batch for indices; `ended` where an iterable dataset has no more. */
  fetch(index: unknown): Promise<unknown>;
  /** The index of the sample that is being read; undefined while a batch is collated. */
  readonly reading: unknown;
  /** Ends an iterable dataset's iterator. */
  close(): Promise<void>;
}

/** `isStale` is asked between samples, and ends a fetch by throwing `givenUp`. */
export function createFetcher(dataset: unknown, options: FetcherOptions, isStale = () => false): Fetcher {
  return isIterableStyle(dataset)
    ? new IterableFetcher(dataset, options, isStale)
    : new MapFetcher(dataset as MapStyle<unknown>, options, isStale);
}

class MapFetcher implements Fetcher {
  reading: unknown;
  readonly #dataset: MapStyle<unknown>;
  readonly #options: FetcherOptions;
  readonly #isStale: () => boolean;

  constructor(dataset: MapStyle<unknown>, options: FetcherOptions, isStale: () => boolean) {
    this.#dataset = dataset;
    this.#options = options;
    this.#isStale = isStale;
  }

  async fetch(index: unknown): Promise<unknown> {
    const { batched, collate } = this.#options;
    const samples = batched ? await this.#samples(index as readonly number[]) : await this.#sample(index);
    this.reading = undefined;
    return collate(samples as never);
  }

  #sample(index: unknown): unknown {
    if (this.#isStale()) throw givenUp;
    this.reading = index;
    return sampleOf(this.#dataset, index as number);
  }

  async #samples(indices: readonly number[]): Promise<readonly unknown[]> {
    const dataset = this.#dataset;
    if ('getItems' in dataset && typeof dataset.getItems === 'function') return dataset.getItems(indices);
    const samples: unknown[] = [];
    for (const index of indices) samples.push(await this.#sample(index));
    return samples;
  }

  async close(): Promise<void> {}
}

class IterableFetcher implements Fetcher {
  readonly reading = undefined;
  readonly #iterator: Iterator<unknown> | AsyncIterator<unknown>;
  readonly #options: FetcherOptions;
  readonly #isStale: () => boolean;
  #ended = false;

  constructor(dataset: IterableStyle<unknown>, options: FetcherOptions, isStale: () => boolean) {
    const asynchronous = (dataset as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator];
    this.#iterator =
      asynchronous !== undefined
        ? asynchronous.call(dataset as AsyncIterable<unknown>)
        : (dataset as Iterable<unknown>)[Symbol.iterator]();
    this.#options = options;
    this.#isStale = isStale;
  }

  async fetch(index: unknown): Promise<unknown> {
    const { batched, dropLast, collate } = this.#options;
    const wanted = batched ? (index as readonly unknown[]).length : 1;
    const samples: unknown[] = [];
    while (samples.length < wanted && !this.#ended) {
      if (this.#isStale()) throw givenUp;
      const next = await this.#iterator.next();
      if (next.done === true) this.#ended = true;
      else samples.push(next.value);
    }
    if (samples.length === 0 || (dropLast && samples.length < wanted)) return ended;
    return collate((batched ? samples : samples[0]) as never);
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#iterator.return?.();
  }
}
