/** Datasets and functions that the tests name to worker threads. */

import { setTimeout as sleep } from 'node:timers/promises';
import * as torch from '../../../lib/index.ts';

const { Dataset, IterableDataset, getWorkerInfo } = torch.data;

/** The number of a sample and what the worker's generator, or the default one, gives for it. */
export class Noisy extends Dataset<torch.Tensor[]> {
  readonly length: number;

  constructor(length: number) {
    super();
    this.length = length;
  }

  get(index: number): torch.Tensor[] {
    return [torch.tensor(BigInt(index)), torch.rand([3], { generator: getWorkerInfo()?.generator })];
  }

  override workerSource() {
    return { module: import.meta.url, export: 'Noisy', args: [this.length] };
  }
}

/** The numbers from `start` to `end`; each of several workers reads its share of them. */
export class Range extends IterableDataset<bigint> {
  start: number;
  end: number;
  readonly splits: boolean;

  constructor(start: number, end: number, splits = true) {
    super();
    this.start = start;
    this.end = end;
    this.splits = splits;
  }

  override *[Symbol.iterator](): Generator<bigint, void, undefined> {
    let [from, to] = [this.start, this.end];
    const info = getWorkerInfo();
    if (info !== null && this.splits) {
      const share = Math.ceil((to - from) / info.numWorkers);
      from += info.id * share;
      to = Math.min(from + share, to);
    }
    for (let i = from; i < to; i++) yield BigInt(i);
  }

  override workerSource() {
    return { module: import.meta.url, export: 'Range', args: [this.start, this.end, this.splits] };
  }
}

/** What goes wrong at index 5. */
export type Trouble = 'throw' | 'exit' | 'uncaught' | 'hang' | 'spin' | 'function' | 'graph' | 'number' | 'none';

/** Samples of four numbers, of which the one at index 5 is trouble. */
export class Troubled extends Dataset {
  readonly length = 64;
  readonly trouble: Trouble;
  readonly calls: Int32Array | undefined;

  /** `calls` counts how often a sample was asked for. */
  constructor(trouble: Trouble, calls?: Int32Array) {
    super();
    this.trouble = trouble;
    this.calls = calls;
  }

  get(index: number): unknown {
    if (this.calls !== undefined) Atomics.add(this.calls, 0, 1);
    if (index === 5) {
      switch (this.trouble) {
        case 'throw':
          return torch.ones([2]).matmul(torch.ones([3]));
        case 'exit':
          return process.exit(3);
        case 'uncaught':
          setImmediate(() => {
            throw new RangeError('nobody catches this');
          });
          return new Promise(() => {});
        case 'hang':
          return new Promise(() => {});
        case 'spin':
          for (;;) torch.ones([10]).add(1);
        case 'function':
          return () => 1;
        case 'graph':
          return torch.ones([4], { requiresGrad: true }).mul(2);
        case 'number':
          throw 5;
        default:
          break;
      }
    }
    return torch.full([4], index);
  }

  override workerSource() {
    return { module: import.meta.url, export: 'Troubled', args: [this.trouble, this.calls] };
  }
}

/** A function that returns a dataset, as a promise. */
export async function makeRange(start: number, end: number): Promise<Range> {
  await sleep(1);
  return new Range(start, end);
}

/** No dataset at all. */
export default function nothing(): number {
  return 7;
}

/** A batch as the sum of its samples, and who summed up. */
export function sumUp(samples: torch.Tensor[]): { sum: number; by: number | null; init: unknown } {
  const sum = samples.reduce((all, each) => all + (each.sum().item() as number), 0);
  return { sum, by: getWorkerInfo()?.id ?? null, init: Reflect.get(globalThis, 'initialised') };
}

/** Leaves a trace for `sumUp`. */
export async function initialise(worker: number): Promise<void> {
  await sleep(1);
  Reflect.set(globalThis, 'initialised', [worker, torch.getNumThreads(), String(getWorkerInfo()?.seed)]);
}

/** A batch of bigints with the trace of `initialise`. */
export function collectBigints(values: bigint[]): { values: bigint[]; init: unknown } {
  return { values, init: Reflect.get(globalThis, 'initialised') };
}

/** The samples themselves. */
export function asIs(samples: unknown[]): unknown[] {
  return samples;
}
