import { tensor } from '../creation.ts';
import { describeValue } from '../errors.ts';
import type { Generator } from '../generator.ts';
import { cuda } from '../runtime.ts';
import { outsideScopes } from '../scope.ts';
import { Tensor } from '../tensor.ts';
import { BatchIterator } from './batch-iterator.ts';
import { batchCount, lengthOf } from './batch-sampler.ts';
import { type Collated, defaultCollate, defaultConvert, isPlainObject } from './collate.ts';
import { type IterableStyle, isIterableStyle, type MapStyle } from './dataset.ts';
import { planDataset, planReference } from './dataset-plan.ts';
import { drawSeed, stateOf } from './draws.ts';
import { type Epoch, indicesOf, type Progress } from './epoch.ts';
import { type CollateFn, createFetcher } from './fetcher.ts';
import { type DataLoaderArguments, type Settled, samplersOf, settle } from './loader-options.ts';
import { LocalEpoch } from './local-epoch.ts';
import type { WorkerStart } from './messages.ts';
import { importFunction, resolveReference } from './module-reference.ts';
import { isResumable, type SamplerState } from './sampler.ts';
import { WorkerEpoch } from './worker-epoch.ts';
import { WorkerPool } from './worker-pool.ts';

/** Where a loader is: enough to continue in the middle of an epoch, with the same batches in the same order. */
export interface DataLoaderState {
  /** Batches that were given out of the running epoch; 0 between epochs. */
  position: number;
  /** The base seed of the workers; null where the next epoch draws one. */
  seed: bigint | null;
  sampler: SamplerState | null;
  /** The state of the `generator` that the loader was given, null for the default one. */
  generator: Tensor | null;
  /** The states of the workers' generators. */
  workers: (Tensor | null)[] | null;
}

/**
 * Batches of a dataset, epoch after epoch, with `for await` (`torch.utils.data.DataLoader`). The order and the random
 * numbers that it takes are Python's for the same seed. Each batch waits for a turn of the event loop, so that a server in
 * the same process stays alive.
 *
 * With `numWorkers`, threads read ahead and hand tensors over without copying. Objects and functions cannot be sent to
 * threads: each worker makes a dataset of its own, as `workerSource` of the dataset or the option `workerDataset` says,
 * and `collateFn` and `workerInitFn` are named by their modules.
 *
 * @throws RangeError for options that exclude each other; WorkerError, from the loop, when a worker fails.
 * @example
 * const loader = new torch.data.DataLoader(dataset, 64, { shuffle: true, numWorkers: 2 });
 * for (let epoch = 0; epoch < 10; epoch++) {
 *   for await (const [images, labels] of loader) torch.scope(() => step(images, labels));
 * }
 */
export class DataLoader<T, B = Collated<T>> implements AsyncIterable<B> {
  readonly dataset: MapStyle<T> | IterableStyle<T>;
  readonly batchSize: number | null;
  readonly dropLast: boolean;
  readonly numWorkers: number;
  readonly generator: Generator | null;
  /** The order of single indices. */
  readonly sampler: Iterable<unknown>;
  /** The indices of batches, null where single samples are given. */
  readonly batchSampler: Iterable<readonly unknown[]> | null;
  readonly #options: Settled;
  readonly #isIterable: boolean;
  #progress: Progress | undefined;
  #resumed: DataLoaderState | undefined;
  #pool: WorkerPool | undefined;
  #epoch: Epoch | undefined;
  #epochs = 0;

  constructor(dataset: MapStyle<T> | IterableStyle<T>, ...rest: DataLoaderArguments<T, B>) {
    const options = settle(dataset, rest);
    const { sampler, batchSampler } = samplersOf(dataset, options);
    this.dataset = dataset;
    this.batchSize = options.batchSampler === null ? options.batchSize : null;
    this.dropLast = options.dropLast;
    this.numWorkers = options.numWorkers;
    this.generator = options.generator;
    this.sampler = sampler;
    this.batchSampler = batchSampler;
    this.#options = options;
    this.#isIterable = isIterableStyle(dataset);
    if (options.pinMemory && !cuda.isAvailable()) {
      process.emitWarning('DataLoader: pinMemory has no effect, because there is no CUDA device to copy to');
    }
  }

  /**
   * How many batches an epoch has.
   *
   * @throws TypeError where the dataset or sampler has no length.
   */
  get length(): number {
    if (!this.#isIterable) return lengthOf('DataLoader: the sampler', this.batchSampler ?? this.sampler);
    const count = lengthOf('DataLoader: the dataset', this.dataset);
    return this.batchSize === null ? count : batchCount(count, this.batchSize, this.dropLast);
  }

  /** Begins an epoch. With `persistentWorkers` it ends the one before. */
  [Symbol.asyncIterator](): BatchIterator<B> {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    const resumed = this.#resumed;
    const pool = this.#usablePool();
    const seed = resumed?.seed ?? (pool === undefined ? drawSeed(this.generator) : this.#progress?.seed);
    const progress: Progress = {
      seed: seed ?? drawSeed(this.generator),
      position: resumed?.position ?? 0,
      sampler: undefined,
      workers: new Array<null>(this.numWorkers).fill(null),
      isDone: false,
    };
    this.#resumed = undefined;
    const kept = pool === undefined ? undefined : this.#progress?.workers;
    const states = resumed?.workers?.map((state) => (state === null ? null : (state.toTypedArray() as Uint8Array)));
    (states ?? kept ?? []).forEach((state, i) => {
      progress.workers[i] = state;
    });
    this.#progress = progress;
    const skipped = this.#isIterable ? 0 : progress.position;
    const dropped = this.#isIterable ? progress.position : 0;
    const indices = indicesOf(this.batchSampler ?? this.sampler, progress, skipped);
    this.#epoch =
      this.numWorkers === 0
        ? new LocalEpoch(indices, this.#fetcher(), dropped)
        : this.#workerEpoch(pool, indices, progress, skipped, dropped);
    const pins = this.#options.pinMemory && cuda.isAvailable();
    return new BatchIterator<B>(this.#epoch, progress, signal ?? undefined, pins ? pin : (batch) => batch);
  }

  /** Where the loader is: in the epoch that began last unless that has ended, even when its loop was left. */
  stateDict(): DataLoaderState {
    if (this.#resumed !== undefined) return { ...this.#resumed };
    const generator = this.generator === null ? null : stateOf(this.generator);
    const order = this.batchSampler ?? this.sampler;
    const sampler = isResumable(order) ? { ...order.stateDict(), position: 0 } : null;
    const progress = this.#progress;
    if (progress === undefined || (progress.isDone && this.#usablePool() === undefined)) {
      return { position: 0, seed: null, sampler, generator, workers: null };
    }
    const { seed, position, isDone } = progress;
    const workers = progress.workers.map((state) => (state === null ? null : outsideScopes(() => tensor(state))));
    if (isDone) return { position: 0, seed, sampler, generator, workers };
    return { position, seed, sampler: progress.sampler ?? sampler, generator, workers };
  }

  /**
   * Makes the next epoch continue where the saved one was. Samples of a map-style dataset are not read again; an iterable
   * one is read from its beginning, and what was given before is dropped.
   */
  loadStateDict(state: DataLoaderState): void {
    if (!Number.isSafeInteger(state?.position) || !(state.workers == null || Array.isArray(state.workers))) {
      throw new TypeError(`DataLoader.loadStateDict: expected what stateDict returned, got ${describeValue(state)}`);
    }
    const { generator, sampler } = state;
    if (this.generator !== null && generator instanceof Tensor) this.generator.setState(generator);
    const order = this.batchSampler ?? this.sampler;
    if (isResumable(order) && sampler != null) order.loadStateDict(sampler);
    // Workers that are there already have drawn random numbers of their own.
    this.close().catch(() => {});
    // What went through a file may have lost its bigints and nulls.
    const seed = state.seed == null ? null : BigInt(state.seed);
    this.#resumed = { ...state, seed, sampler: sampler ?? null, workers: state.workers ?? null };
  }

  /** Ends persistent workers, and the running epoch; resolves when no thread is left. */
  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    await Promise.all([this.#epoch?.close(), pool?.stop()]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The workers of the epoch before, where they are still there. */
  #usablePool(): WorkerPool | undefined {
    if (this.#pool?.isStopped === true || this.#pool?.failure !== undefined) this.#pool = undefined;
    return this.#pool;
  }

  #fetcher() {
    const batched = this.batchSampler !== null;
    const { collateFn } = this.#options;
    let collate: CollateFn;
    if (typeof collateFn === 'function') collate = collateFn;
    else if (collateFn === null) collate = batched ? defaultCollate : defaultConvert;
    else {
      const where = 'DataLoader: collateFn';
      const imported = importFunction(where, resolveReference(where, collateFn));
      imported.catch(() => {});
      collate = async (samples) => (await imported)(samples);
    }
    return createFetcher(this.dataset, { batched, dropLast: this.dropLast, collate });
  }

  #workerEpoch(
    usable: WorkerPool | undefined,
    indices: Iterator<unknown>,
    progress: Progress,
    first: number,
    dropped: number,
  ): WorkerEpoch {
    const { numWorkers, inOrder, timeout, signal, persistentWorkers: persistent } = this.#options;
    const number = ++this.#epochs;
    // The epoch before gives its workers up.
    if (usable !== undefined) this.#epoch?.close().catch(() => {});
    const pool = usable ?? this.#startPool(progress);
    if (persistent && usable === undefined) {
      this.#pool = pool;
      abandoned.register(this, pool);
      signal?.addEventListener('abort', () => void pool.stop(), { once: true });
    }
    const prefetchFactor = this.#options.prefetchFactor as number;
    try {
      const options = { numWorkers, prefetchFactor, inOrder, timeout, persistent, signal, first, dropped };
      return new WorkerEpoch(pool, number, indices, progress, options);
    } catch (error) {
      void pool.stop();
      throw error;
    }
  }

  #startPool(progress: Progress): WorkerPool {
    const { numWorkers, collateFn, workerInitFn, workerDataset, dropLast } = this.#options;
    const batched = this.batchSampler !== null;
    const wanted = new Int32Array(new SharedArrayBuffer(4));
    let collate: WorkerStart['collate'] = batched ? 'defaultCollate' : 'defaultConvert';
    if (typeof collateFn === 'function') collate = collateFn === defaultConvert ? 'defaultConvert' : 'defaultCollate';
    else if (collateFn !== null) collate = resolveReference('DataLoader: collateFn', collateFn);
    const init = workerInitFn === null ? undefined : resolveReference('DataLoader: workerInitFn', workerInitFn);
    const starts = Array.from({ length: numWorkers }, (_, id): WorkerStart => {
      const dataset = workerDataset === null ? planDataset(this.dataset) : planReference(workerDataset);
      const generatorState = progress.workers[id] ?? undefined;
      const seed = progress.seed + BigInt(id);
      return { id, numWorkers, seed, generatorState, dataset, batched, dropLast, collate, init, wanted };
    });
    return new WorkerPool(wanted, starts);
  }
}

/** Ends the persistent workers of loaders that nobody holds any more. */
const abandoned = new FinalizationRegistry<WorkerPool>((pool) => void pool.stop());

/** A batch in pinned memory. */
function pin(batch: unknown): unknown {
  if (batch instanceof Tensor) return batch.pinMemory();
  if (Array.isArray(batch)) return batch.map(pin);
  if (batch instanceof Map) return new Map([...batch].map(([key, value]) => [key, pin(value)]));
  if (isPlainObject(batch)) return Object.fromEntries(Object.entries(batch).map(([key, value]) => [key, pin(value)]));
  return batch;
}
