/** Counts the worker threads of this process and its tensors, to see that none are left. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import * as torch from '../../lib/index.ts';

const alive = new Set<Worker>();
let started = 0;

process.on('worker', (worker: Worker) => {
  started++;
  alive.add(worker);
  worker.once('exit', () => alive.delete(worker));
});

// A root hook: the compiler of TypeScript has a thread of its own, which begins while the tests are loaded.
before('count threads from here on', () => alive.clear());

/** Threads that run now. */
export function threadsAlive(): number {
  return alive.size;
}

/** Threads that were ever started. */
export function threadsStarted(): number {
  return started;
}

/** The threads that run now. */
export function threads(): readonly Worker[] {
  return [...alive];
}

/** Tensors that are alive once what was dropped is collected. */
export async function tensorsAlive(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 12; i++) {
    globalThis.gc?.();
    await sleep(2);
    least = Math.min(least, torch.memory().tensors);
  }
  return least;
}

/** The batches of a loop, the first `limit` of them. */
export async function listOf<T>(batches: AsyncIterable<T>, limit = Number.POSITIVE_INFINITY): Promise<T[]> {
  const list: T[] = [];
  for await (const batch of batches) {
    list.push(batch);
    if (list.length >= limit) break;
  }
  return list;
}

/** What a promise is rejected with; fails when it is not. */
export async function errorOf(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await promise;
  } catch (error) {
    return error as Error & Record<string, unknown>;
  }
  throw new Error('expected a rejection');
}
