/** What runs in a worker thread of a `DataLoader`: reads batches as it is told, and hands them over without copying. */

import { setImmediate } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { Generator } from '../generator.ts';
import '../tensor-methods.ts';
import { setNumThreads } from '../runtime.ts';
import { Tensor } from '../tensor.ts';
import { defaultCollate, defaultConvert, isPlainObject } from './collate.ts';
import { buildDataset } from './dataset-plan.ts';
import { bytesOf, setBytes } from './draws.ts';
import { packFailure } from './failure.ts';
import { type CollateFn, createFetcher, ended, type Fetcher, givenUp } from './fetcher.ts';
import type { FromWorker, ToWorker, WorkerStart } from './messages.ts';
import { importFunction } from './module-reference.ts';
import { discard, pack } from './parcel.ts';
import { setWorkerInfo } from './worker-info.ts';

if (parentPort === null) throw new Error('DataLoader: worker.ts runs in the threads that a DataLoader starts');
const port = parentPort;
const start = workerData as WorkerStart;
const generator = new Generator().manualSeed(start.seed);

/** A reader of the dataset for an epoch. */
type Reader = (epoch: number) => Fetcher;

async function prepare(): Promise<Reader> {
  const dataset = await buildDataset(start.dataset);
  setWorkerInfo({ id: start.id, numWorkers: start.numWorkers, seed: start.seed, dataset, generator });
  if (start.init !== undefined) await (await importFunction('DataLoader: workerInitFn', start.init))(start.id);
  const collate = await collateFunction();
  const { batched, dropLast } = start;
  return (epoch) => createFetcher(dataset, { batched, dropLast, collate }, () => isStale(epoch));
}

async function collateFunction(): Promise<CollateFn> {
  if (start.collate === 'defaultCollate') return defaultCollate;
  if (start.collate === 'defaultConvert') return defaultConvert;
  return (await importFunction('DataLoader: collateFn', start.collate)) as CollateFn;
}

function isStale(epoch: number): boolean {
  return Atomics.load(start.wanted, 0) !== epoch;
}

function post(message: FromWorker): void {
  port.postMessage(message);
}

/** Frees what `defaultCollate` made, which nobody else here holds. */
function free(batch: unknown): void {
  if (batch instanceof Tensor) batch.dispose();
  else if (Array.isArray(batch)) batch.forEach(free);
  else if (batch instanceof Map) for (const each of batch.values()) free(each);
  else if (isPlainObject(batch)) Object.values(batch).forEach(free);
}

function hand(epoch: number, task: number, value: unknown): void {
  const batch = pack('DataLoader: a batch', value);
  if (start.collate === 'defaultCollate') free(value);
  try {
    post({ kind: 'batch', epoch, task, batch, generatorState: bytesOf(generator) });
  } catch (error) {
    discard(batch);
    throw error;
  }
}

let fetcher: Fetcher | undefined;
let fetching = -1;

async function answer(reader: Promise<Reader>, { epoch, task, index }: ToWorker & { kind: 'fetch' }): Promise<void> {
  if (isStale(epoch)) return post({ kind: 'skipped', epoch, task });
  try {
    if (fetcher === undefined || fetching !== epoch) {
      await fetcher?.close();
      fetcher = (await reader)(epoch);
      fetching = epoch;
    }
    const value = await fetcher.fetch(index);
    if (value === ended) post({ kind: 'ended', epoch, task });
    else if (isStale(epoch)) post({ kind: 'skipped', epoch, task });
    else hand(epoch, task, value);
  } catch (error) {
    if (error === givenUp) return post({ kind: 'skipped', epoch, task });
    post({ kind: 'failed', epoch, task, index: fetcher?.reading ?? index, failure: packFailure(error) });
  }
}

setNumThreads(1);
if (start.generatorState !== undefined) setBytes(generator, start.generatorState);
const reader = prepare();
// A failure is the answer to the first task.
reader.catch(() => {});
post({ kind: 'ready' });

let work: Promise<void> = Promise.resolve();
let waiting = 0;

async function fetchNext(message: ToWorker & { kind: 'fetch' }): Promise<void> {
  await answer(reader, message);
  // What was dropped is freed between tasks where the garbage collector needs a turn of the event loop for it.
  await setImmediate();
  waiting--;
}

/** Ends at once, though a dataset may never come back from what it is asked. */
async function stop(): Promise<void> {
  if (waiting === 0) await fetcher?.close().catch(() => {});
  post({ kind: 'stopped' });
}

port.on('message', (message: ToWorker) => {
  if (message.kind === 'stop') void stop();
  else {
    waiting++;
    work = work.then(() => fetchNext(message));
  }
});
