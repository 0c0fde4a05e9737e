/** Datasets: what a `DataLoader` reads from, and their sums. */

import { describeValue } from '../errors.ts';
import { Tensor } from '../tensor.ts';
import { ownModule } from './module-reference.ts';

/** How another thread makes the same dataset: the module that exports its class or a function that returns it. */
export interface DatasetSource {
  /** `import.meta.url` of the module that defines it. */
  module: string | URL;
  /** The name of the export; `'default'` when it is not given. */
  export?: string;
  /**
   * What the class or function is called with: numbers, strings and other plain data, tensors, whose memory is shared and
   * not copied, and datasets that have a source themselves.
   */
  args?: readonly unknown[];
}

/** What a `DataLoader` can index: an array, or anything with `length` and `get`. A `Dataset` is one. */
export type MapStyle<T> =
  | readonly T[]
  | {
      readonly length: number;
      get(index: number): T | Promise<T>;
      /** All samples of a batch at once, where that is faster (`__getitems__`). */
      getItems?(indices: readonly number[]): readonly T[] | Promise<readonly T[]>;
    };

/** What a `DataLoader` can read from its beginning to its end. An `IterableDataset` is one. */
export type IterableStyle<T> = (Iterable<T> | AsyncIterable<T>) & {
  readonly get?: undefined;
  readonly length?: number;
  /** A tensor can be iterated, too, but is wrapped in a `TensorDataset`. */
  readonly handle?: undefined;
};

/**
 * Samples by index (`torch.utils.data.Dataset`). A subclass writes `length` and `get`, which may return a promise;
 * `getItems(indices)` is used where there is one.
 *
 * Worker threads make a copy of their own, because objects cannot be sent to them: `workerSource` says how.
 *
 * @example
 * export class Squares extends torch.data.Dataset<[torch.Tensor, bigint]> {
 *   constructor(readonly length: number) { super(); }
 *   get(index: number): [torch.Tensor, bigint] { return [torch.tensor(index), BigInt(index * index)]; }
 *   override workerSource() { return { module: import.meta.url, export: 'Squares', args: [this.length] }; }
 * }
 */
export abstract class Dataset<T = unknown> {
  /** The number of samples (`__len__`). */
  abstract get length(): number;

  /** One sample (`__getitem__`). */
  abstract get(index: number): T | Promise<T>;

  /** How worker threads make the same dataset; undefined where they cannot. */
  workerSource(): DatasetSource | undefined {
    return undefined;
  }

  /** Both, one after the other: Python's `a + b`. */
  add<U>(other: MapStyle<U>): ConcatDataset<T | U> {
    return new ConcatDataset<T | U>([this, other]);
  }
}

/**
 * Samples as a stream (`torch.utils.data.IterableDataset`). A subclass writes `[Symbol.iterator]` or
 * `[Symbol.asyncIterator]`, generators mostly. With workers every worker reads a copy of its own: `getWorkerInfo()` tells
 * it which part to read.
 *
 * @example
 * class Lines extends torch.data.IterableDataset<string> {
 *   async *[Symbol.asyncIterator]() { for await (const line of createInterface({ input: createReadStream(path) })) yield line; }
 * }
 */
export abstract class IterableDataset<T = unknown> {
  [Symbol.iterator]?(): Iterator<T>;
  [Symbol.asyncIterator]?(): AsyncIterator<T>;

  /** How worker threads make the same dataset; undefined where they cannot. */
  workerSource(): DatasetSource | undefined {
    return undefined;
  }

  /** Both, one after the other: Python's `a + b`. */
  add<U>(other: IterableDataset<U>): ChainDataset<T | U> {
    return new ChainDataset<T | U>([this, other] as IterableDataset<T | U>[]);
  }
}

/** True for what is read from its beginning to its end, and not by index. */
export function isIterableStyle(dataset: unknown): dataset is IterableStyle<unknown> {
  if (dataset instanceof IterableDataset) return true;
  if (typeof dataset !== 'object' || dataset === null || Array.isArray(dataset)) return false;
  if ('get' in dataset || dataset instanceof Tensor) return false;
  return Symbol.iterator in dataset || Symbol.asyncIterator in dataset;
}

/** True for what has a length and is indexed. */
export function isMapStyle(dataset: unknown): dataset is MapStyle<unknown> {
  if (Array.isArray(dataset)) return true;
  if (typeof dataset !== 'object' || dataset === null || dataset instanceof Map || !('get' in dataset)) return false;
  return typeof dataset.get === 'function';
}

/** The dataset, checked to be one that can be indexed. */
export function expectMapStyle<T>(where: string, dataset: MapStyle<T>): MapStyle<T> {
  if (isMapStyle(dataset)) return dataset;
  throw new TypeError(`${where} must have length and get(index), or be an array, got ${describeValue(dataset)}`);
}

/** One sample: an array's element, or what `get` gives. */
export function sampleOf<T>(dataset: MapStyle<T>, index: number): T | Promise<T> {
  if (!Array.isArray(dataset)) return (dataset as Dataset<T>).get(index);
  if (!(index >= -dataset.length && index < dataset.length)) {
    throw new RangeError(`DataLoader: index ${describeValue(index)} is out of range for ${dataset.length} samples`);
  }
  return dataset.at(index) as T;
}

/** Several samples, by `getItems` where there is one. */
export async function samplesOf<T>(dataset: MapStyle<T>, indices: readonly number[]): Promise<readonly T[]> {
  const { getItems } = dataset as { getItems?: (indices: readonly number[]) => readonly T[] | Promise<readonly T[]> };
  if (typeof getItems === 'function') return getItems.call(dataset, indices);
  const samples: T[] = [];
  for (const index of indices) samples.push(await sampleOf(dataset, index));
  return samples;
}

/** Map-style datasets one after the other (`torch.utils.data.ConcatDataset`). */
export class ConcatDataset<T = unknown> extends Dataset<T> {
  readonly datasets: readonly MapStyle<T>[];
  /** The lengths of the first dataset, the first two, and so on. */
  readonly cumulativeSizes: readonly number[];

  /** @throws RangeError for no datasets, TypeError for one that cannot be indexed. */
  constructor(datasets: Iterable<MapStyle<T>>) {
    super();
    this.datasets = [...datasets];
    if (this.datasets.length === 0) throw new RangeError('ConcatDataset: datasets must not be empty');
    let sum = 0;
    this.cumulativeSizes = this.datasets.map((each, i) => {
      sum += expectMapStyle(`ConcatDataset: datasets[${i}]`, each).length;
      return sum;
    });
  }

  get length(): number {
    return this.cumulativeSizes.at(-1) as number;
  }

  /** @throws RangeError for an index that is out of range; a negative one counts from the end. */
  get(index: number): T | Promise<T> {
    if (!Number.isInteger(index) || index < -this.length || index >= this.length) {
      throw new RangeError(`ConcatDataset: index ${describeValue(index)} is out of range for ${this.length} samples`);
    }
    const place = index < 0 ? index + this.length : index;
    const which = this.cumulativeSizes.findIndex((size) => place < size);
    const before = which === 0 ? 0 : (this.cumulativeSizes[which - 1] as number);
    return sampleOf(this.datasets[which] as MapStyle<T>, place - before);
  }

  override workerSource(): DatasetSource {
    return { module: ownModule, export: 'ConcatDataset', args: [this.datasets] };
  }
}

/** Iterable datasets one after the other (`torch.utils.data.ChainDataset`). */
export class ChainDataset<T = unknown> extends IterableDataset<T> {
  readonly datasets: Iterable<IterableDataset<T>>;

  constructor(datasets: Iterable<IterableDataset<T>>) {
    super();
    this.datasets = datasets;
  }

  /** @throws TypeError for a dataset that is not iterable-style or has no length. */
  get length(): number {
    let total = 0;
    for (const dataset of this.datasets) {
      const { length } = expectIterableStyle(dataset) as { length?: unknown };
      if (typeof length !== 'number') throw new TypeError(`ChainDataset: ${describeValue(dataset)} has no length`);
      total += length;
    }
    return total;
  }

  override async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (const dataset of this.datasets) yield* expectIterableStyle(dataset) as AsyncIterable<T>;
  }

  override workerSource(): DatasetSource {
    return { module: ownModule, export: 'ChainDataset', args: [[...this.datasets]] };
  }
}

function expectIterableStyle<T>(dataset: IterableDataset<T>): IterableDataset<T> {
  if (isIterableStyle(dataset)) return dataset;
  throw new TypeError(`ChainDataset: datasets must be IterableDatasets, got ${describeValue(dataset)}`);
}
