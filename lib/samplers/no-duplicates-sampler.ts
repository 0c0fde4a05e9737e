import { expectBoolean, expectInteger } from '../arguments.ts';
import { batchCount } from '../data/batch-sampler.ts';
import { integersOf } from '../data/draws.ts';
import { describeValue } from '../errors.ts';
import { randperm } from '../generated/torch.ts';
import type { Generator } from '../generator.ts';
import { scope } from '../scope.ts';
import { SeededSampler, type SeededSamplerOptions } from './seeded-sampler.ts';

/** What must not be twice in a batch: compared as `Map` compares keys. */
export type SampleKey = string | number | bigint;

export interface NoDuplicatesSamplerOptions extends SeededSamplerOptions {
  /** For each sample its keys: one, such as a label, or several, such as the texts of a question and its answers. */
  keys: ArrayLike<SampleKey | readonly SampleKey[]>;
  batchSize: number;
  /** Leaves out batches that are not full; false by default. */
  dropLast?: boolean;
}

// So often an order begins anew to reach the length that it has promised.
const extraPasses = 2;

/**
 * Batches in which no key occurs twice, for losses that take everything else in the batch for a negative
 * (sentence-transformers' `no_duplicates`, with its batches for the same generator). Samples come in random order; one
 * that shares a key with the batch waits for a later one.
 *
 * `length` is what the number of samples gives. Where keys repeat so much that full batches run out, `dropLast` draws
 * up to two more orders to reach it; without, there may be more batches, which are smaller.
 *
 * @example
 * const keys = pairs.map(({ question, answer }) => [question, answer]);
 * const batchSampler = new torch.samplers.NoDuplicatesSampler({ keys, batchSize: 128 });
 */
export class NoDuplicatesSampler extends SeededSampler<number[]> {
  readonly batchSize: number;
  readonly dropLast: boolean;
  readonly length: number;
  readonly #keys: ArrayLike<SampleKey | readonly SampleKey[]>;

  constructor(options: NoDuplicatesSamplerOptions) {
    const where = 'NoDuplicatesSampler';
    super(where, options);
    const { keys, batchSize, dropLast = false } = options;
    if (typeof keys !== 'object' || keys === null || typeof keys.length !== 'number') {
      throw new TypeError(`${where}: keys must be an array, got ${describeValue(keys)}`);
    }
    this.#keys = keys;
    this.batchSize = expectInteger(`${where}: batchSize`, batchSize);
    this.dropLast = expectBoolean(`${where}: dropLast`, dropLast);
    this.length = batchCount(keys.length, batchSize, dropLast);
  }

  protected *draw(generator: Generator): globalThis.Generator<number[]> {
    let given = 0;
    for (let pass = 0; pass <= extraPasses; pass++) {
      for (const batch of this.#pass(generator)) {
        // The first order is given whole: without `dropLast` it may have more.
        if (pass > 0 && given >= this.length) return;
        given++;
        yield batch;
      }
      if (given === 0 || given >= this.length) return;
    }
  }

  /** One order: what must wait stays in a linked list. */
  *#pass(generator: Generator): globalThis.Generator<number[]> {
    const count = this.#keys.length;
    const order = scope(() => integersOf(randperm(count, { generator })));
    // `next[0]` is the first place, `next[i + 1]` the place after place i; `count` is the end.
    const next = Int32Array.from({ length: count + 1 }, (_, i) => i);
    while ((next[0] as number) < count) {
      const batch: number[] = [];
      const seen = new Set<SampleKey>();
      let before = 0;
      while (batch.length < this.batchSize && (next[before] as number) < count) {
        const place = next[before] as number;
        const sample = order[place] as number;
        const keys = this.#keysOf(sample);
        if (keys.some((key) => seen.has(key))) {
          before = place + 1;
          continue;
        }
        for (const key of keys) seen.add(key);
        batch.push(sample);
        next[before] = next[place + 1] as number;
      }
      if (batch.length === this.batchSize || !this.dropLast) yield batch;
    }
  }

  #keysOf(sample: number): readonly SampleKey[] {
    const keys = this.#keys[sample] as SampleKey | readonly SampleKey[];
    return Array.isArray(keys) ? keys : [keys as SampleKey];
  }
}
