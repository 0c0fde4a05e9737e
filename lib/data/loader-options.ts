/** The options of a `DataLoader`, and which of them go together. */

import { expectBoolean, expectCount, expectInteger, readTrailing, type Trailing } from '../arguments.ts';
import { describeValue } from '../errors.ts';
import type { Generator } from '../generator.ts';
import { BatchSampler, expectIterable } from './batch-sampler.ts';
import { defaultCollate, defaultConvert } from './collate.ts';
import { type IterableStyle, isIterableStyle, isMapStyle, type MapStyle } from './dataset.ts';
import type { WorkerDataset } from './dataset-plan.ts';
import { expectGenerator } from './draws.ts';
import { type ModuleReference, resolveReference } from './module-reference.ts';
import { RandomSampler } from './random-sampler.ts';
import { SequentialSampler } from './sequential-sampler.ts';

/** Options of a `DataLoader`, with Python's names and meanings; the last ones are our own. */
export interface DataLoaderOptions<T, B> {
  /** Samples a batch, 1 by default; null gives single samples, converted by `defaultConvert`. */
  batchSize?: number | null;
  /** A new random order in each epoch. */
  shuffle?: boolean | null;
  /** The order of the indices; excludes `shuffle`. */
  sampler?: Iterable<unknown> | null;
  /** Gives the indices of whole batches; excludes `batchSize`, `shuffle`, `sampler` and `dropLast`. */
  batchSampler?: Iterable<readonly unknown[]> | null;
  /** Worker threads that read ahead; 0 reads in this thread. */
  numWorkers?: number;
  /** Makes a batch of samples, `defaultCollate` by default. With workers it is named by its module. */
  collateFn?: ((samples: T[]) => B | Promise<B>) | ModuleReference | null;
  /** Puts batches into pinned memory, for faster copies to CUDA; without CUDA it warns and does nothing. */
  pinMemory?: boolean;
  /** Leaves out the last batch where it is not full. */
  dropLast?: boolean;
  /** Seconds to wait for a batch of a worker; 0, the default, waits as long as it takes. */
  timeout?: number;
  /** A function of the worker's id that each worker calls before it reads, named by its module. */
  workerInitFn?: ModuleReference | null;
  /** Where the order and the workers' seeds come from; the default generator by default. */
  generator?: Generator | null;
  /** Batches that each worker reads ahead; 2 by default. */
  prefetchFactor?: number | null;
  /** Workers, and their datasets, stay for the next epoch; end them with `close`. */
  persistentWorkers?: boolean;
  /** False gives batches of workers as they come. */
  inOrder?: boolean;
  /** The dataset for workers by the module that makes it, where the dataset itself has no `workerSource`. */
  workerDataset?: WorkerDataset | null;
  /** Ends epochs when it is aborted: they reject with its reason. */
  signal?: AbortSignal | null;
}

/** Arguments of a `DataLoader` after its dataset. */
export type DataLoaderArguments<T, B> = Trailing<
  [
    batchSize: number | null,
    shuffle: boolean | null,
    sampler: Iterable<unknown> | null,
    batchSampler: Iterable<readonly unknown[]> | null,
    numWorkers: number,
  ],
  DataLoaderOptions<T, B>
>;

/** Options with their defaults. */
export type Settled = Required<DataLoaderOptions<never, unknown>>;

const defaults: Settled = {
  batchSize: 1,
  shuffle: null,
  sampler: null,
  batchSampler: null,
  numWorkers: 0,
  collateFn: null,
  pinMemory: false,
  dropLast: false,
  timeout: 0,
  workerInitFn: null,
  generator: null,
  prefetchFactor: null,
  persistentWorkers: false,
  inOrder: true,
  workerDataset: null,
  signal: null,
};

/**
 * The options of a loader, checked by themselves and against each other.
 *
 * @throws RangeError for options that exclude each other, as Python's loader does.
 */
export function settle(dataset: unknown, values: readonly unknown[]): Settled {
  const names = ['batchSize', 'shuffle', 'sampler', 'batchSampler', 'numWorkers'] as const;
  const given = readTrailing('DataLoader', names, values, defaults);
  expectCount('DataLoader: numWorkers', given.numWorkers);
  if (typeof given.timeout !== 'number' || !(given.timeout >= 0)) {
    throw new RangeError(`DataLoader: timeout must be a number of seconds, got ${describeValue(given.timeout)}`);
  }
  for (const name of ['pinMemory', 'dropLast', 'persistentWorkers', 'inOrder'] as const) {
    expectBoolean(`DataLoader: ${name}`, given[name]);
  }
  if (given.shuffle !== null) expectBoolean('DataLoader: shuffle', given.shuffle);
  expectGenerator('DataLoader', given.generator);
  if (given.signal !== null && !(given.signal instanceof AbortSignal)) {
    throw new TypeError(`DataLoader: signal must be an AbortSignal, got ${describeValue(given.signal)}`);
  }
  expectWorkerOptions(given);
  if (isIterableStyle(dataset)) expectNoOrder(given);
  else if (!isMapStyle(dataset)) {
    throw new TypeError(
      `DataLoader: dataset must be an array, have length and get(index), or be an IterableDataset, got ${describeValue(dataset)}`,
    );
  }
  expectOneOrder(given);
  const { collateFn } = given;
  if (collateFn !== null && typeof collateFn !== 'function') resolveReference('DataLoader: collateFn', collateFn);
  return given;
}

function expectWorkerOptions(given: Settled): void {
  const { numWorkers, prefetchFactor, workerInitFn, workerDataset, collateFn } = given;
  if (numWorkers === 0) {
    for (const name of ['prefetchFactor', 'persistentWorkers', 'timeout'] as const) {
      if (given[name]) throw new RangeError(`DataLoader: ${name} needs numWorkers > 0`);
    }
  } else {
    given.prefetchFactor = expectInteger('DataLoader: prefetchFactor', prefetchFactor ?? 2);
    const isKnown = collateFn === null || collateFn === defaultCollate || collateFn === defaultConvert;
    if (typeof collateFn === 'function' && !isKnown) throw unsendable('collateFn', './collate.js');
  }
  if (typeof workerInitFn === 'function') throw unsendable('workerInitFn', './init.js');
  if (workerInitFn !== null) resolveReference('DataLoader: workerInitFn', workerInitFn);
  if (workerDataset !== null) resolveReference('DataLoader: workerDataset', workerDataset as ModuleReference);
}

function unsendable(name: string, file: string): TypeError {
  return new TypeError(
    `DataLoader: ${name} cannot be a function, because functions cannot be sent to worker threads; export it from a module and pass new URL('${file}', import.meta.url), or { module, export }`,
  );
}

function expectNoOrder({ shuffle, sampler, batchSampler }: Settled): void {
  for (const [name, value] of Object.entries({ shuffle, sampler, batchSampler })) {
    if (value === null || value === false) continue;
    throw new RangeError(`DataLoader: an iterable dataset has its own order, so ${name} must not be given`);
  }
}

function expectOneOrder({ batchSize, shuffle, sampler, batchSampler, dropLast }: Settled): void {
  if (sampler !== null && shuffle === true) throw new RangeError('DataLoader: sampler excludes shuffle');
  if (sampler !== null) expectIterable('DataLoader: sampler', sampler);
  if (batchSampler !== null) {
    expectIterable('DataLoader: batchSampler', batchSampler);
    if (batchSize !== 1 || shuffle === true || sampler !== null || dropLast) {
      throw new RangeError('DataLoader: batchSampler excludes batchSize, shuffle, sampler and dropLast');
    }
  } else if (batchSize === null) {
    if (dropLast) throw new RangeError('DataLoader: dropLast needs a batchSize');
  } else {
    expectInteger('DataLoader: batchSize', batchSize);
  }
}

/** Stands for the order of a dataset that has its own: one item for each sample, without end. */
const endless: Iterable<null> = {
  *[Symbol.iterator]() {
    for (;;) yield null;
  },
};

/** The sampler of single indices and that of batches, where there is one. */
export function samplersOf(
  dataset: MapStyle<unknown> | IterableStyle<unknown>,
  { batchSize, shuffle, sampler, batchSampler, dropLast, generator }: Settled,
): { sampler: Iterable<unknown>; batchSampler: Iterable<readonly unknown[]> | null } {
  let single = sampler;
  if (single === null) {
    if (isIterableStyle(dataset)) single = endless;
    else if (shuffle === true) single = new RandomSampler(dataset as MapStyle<unknown>, { generator });
    else single = new SequentialSampler(dataset as MapStyle<unknown>);
  }
  if (batchSampler !== null || batchSize === null) return { sampler: single, batchSampler };
  return { sampler: single, batchSampler: new BatchSampler(single, batchSize, dropLast) };
}
