/** The worker threads of a `DataLoader`: started together, and ended without leaving a thread or a tensor behind. */

import type { Worker } from 'node:worker_threads';
import { native } from '../native.ts';
import { discardPlan } from './dataset-plan.ts';
import { packFailure, unpackFailure, workerError } from './failure.ts';
import type { Answer, FromWorker, ToWorker, WorkerStart } from './messages.ts';
import { discard } from './parcel.ts';
import { startThread } from './worker-thread.ts';

/** Seconds that a worker gets to end by itself, when what it runs does not come back; as many as in Python. */
export const patience = 5;

/** What a pool tells: an answer of a worker, or that one has died. */
export interface PoolListener {
  answered(worker: number, answer: Answer): void;
  died(): void;
}

interface Thread {
  readonly worker: Worker;
  readonly start: WorkerStart;
  readonly ended: Promise<void>;
}

/** Frees what an answer holds. */
export function discardAnswer(answer: Answer): void {
  if (answer.kind === 'batch') discard(answer.batch);
}

/** Threads that run worker.ts. */
export class WorkerPool {
  /** Who is told, by epoch; answers that nobody waits for are discarded. */
  readonly listeners = new Map<number, PoolListener>();
  /** Why the pool cannot be used any more. */
  failure: Error | undefined;
  readonly #wanted: Int32Array;
  readonly #threads: Thread[] = [];
  #holders = 0;
  #stopping: Promise<void> | undefined;

  constructor(wanted: Int32Array, starts: readonly WorkerStart[]) {
    this.#wanted = wanted;
    // libtorch fixes this thread's number of threads when it is first asked, and workers change what it would be.
    native.threads();
    try {
      for (const start of starts) this.#threads.push(this.#start(start));
    } catch (error) {
      for (const { dataset } of starts) discardPlan(dataset);
      void this.stop();
      throw error;
    }
  }

  #start(start: WorkerStart): Thread {
    const worker = startThread(start);
    // Idle workers do not keep the process alive; `hold` does while somebody waits.
    worker.unref();
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    const thread: Thread = { worker, start, ended };
    worker.on('message', (message: FromWorker) => this.#receive(thread, message));
    worker.on('messageerror', (error) => this.#fail(thread, `its answer could not be read: ${error.message}`));
    worker.on('error', (error) => {
      const cause = unpackFailure(packFailure(error));
      this.#fail(thread, `ended by an uncaught ${cause.name}: ${cause.message}`, cause);
    });
    worker.once('exit', (code) => {
      // It may have ended before it received all of it.
      discardPlan(start.dataset);
      this.#fail(thread, `ended unexpectedly, with exit code ${code}`);
    });
    return thread;
  }

  #receive(thread: Thread, message: FromWorker): void {
    if (message.kind === 'ready') {
      // The worker has set its own threads to one, which libtorch takes for the number of threads of later ones, too.
      native.threads(native.threads());
    } else if (message.kind === 'stopped') {
      void thread.worker.terminate();
    } else {
      const listener = this.listeners.get(message.epoch);
      if (listener === undefined) discardAnswer(message);
      else listener.answered(thread.start.id, message);
    }
  }

  #fail(thread: Thread, what: string, cause?: Error): void {
    if (this.#stopping !== undefined || this.failure !== undefined) return;
    this.failure = workerError(thread.start.id, what, { cause });
    for (const listener of this.listeners.values()) listener.died();
  }

  send(worker: number, message: ToWorker): void {
    this.#threads[worker]?.worker.postMessage(message);
  }

  /** The epoch whose tasks are wanted; workers give up what they do for others. */
  want(epoch: number): void {
    Atomics.store(this.#wanted, 0, epoch);
  }

  /** Wants the epoch no longer, unless it is another by now. */
  giveUp(epoch: number): void {
    Atomics.compareExchange(this.#wanted, 0, epoch, epoch + 1);
  }

  /** Keeps the process alive while somebody waits. */
  hold(isWaiting: boolean): void {
    this.#holders += isWaiting ? 1 : -1;
    if (this.#stopping !== undefined) return;
    for (const { worker } of this.#threads) {
      if (this.#holders > 0) worker.ref();
      else worker.unref();
    }
  }

  /** True when no more can be asked of it. */
  get isStopped(): boolean {
    return this.#stopping !== undefined;
  }

  /** Ends all threads; resolves when none is left. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.want(-1);
    for (const listener of this.listeners.values()) listener.died();
    this.listeners.clear();
    const ends = this.#threads.map(async ({ worker, ended }) => {
      worker.ref();
      worker.postMessage({ kind: 'stop' } satisfies ToWorker);
      const impatience = setTimeout(() => void worker.terminate(), patience * 1000);
      await ended;
      clearTimeout(impatience);
    });
    await Promise.all(ends);
  }
}
