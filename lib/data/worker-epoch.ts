/** A pass over a dataset by workers: who reads what, and in which order it comes back. */

import { WorkerError } from '../errors.ts';
import { type Epoch, finished, type Progress } from './epoch.ts';
import { unpackFailure, workerError } from './failure.ts';
import type { Answer } from './messages.ts';
import { unpack } from './parcel.ts';
import { discardAnswer, type PoolListener, patience, type WorkerPool } from './worker-pool.ts';

export interface WorkerEpochOptions {
  readonly numWorkers: number;
  readonly prefetchFactor: number;
  readonly inOrder: boolean;
  /** Seconds to wait for a batch; 0 waits as long as it takes. */
  readonly timeout: number;
  /** The workers outlive this epoch. */
  readonly persistent: boolean;
  /** When it is aborted, the workers end in any case. */
  readonly signal: AbortSignal | null;
  /** The number of the first task: those before it were done by the pass that is continued. */
  readonly first: number;
  /** Batches that are read and dropped, to continue where another pass was. */
  readonly dropped: number;
}

interface Task {
  readonly worker: number;
  answer?: Answer;
}

/** Python's order of work: tasks go around the workers, at most `prefetchFactor` for each, and come back in order. */
export class WorkerEpoch implements Epoch, PoolListener {
  readonly #pool: WorkerPool;
  readonly #number: number;
  readonly #indices: Iterator<unknown>;
  readonly #progress: Progress;
  readonly #options: WorkerEpochOptions;
  readonly #tasks = new Map<number, Task>();
  readonly #inbox: [worker: number, answer: Answer][] = [];
  /** False for workers whose iterable dataset has ended. */
  readonly #active: boolean[];
  readonly #load: number[];
  #turn: number;
  #sent: number;
  #received: number;
  #dropped: number;
  #isClosed = false;
  #closing: Promise<void> | undefined;
  #wake: () => void = () => {};

  constructor(
    pool: WorkerPool,
    number: number,
    indices: Iterator<unknown>,
    progress: Progress,
    options: WorkerEpochOptions,
  ) {
    this.#pool = pool;
    this.#number = number;
    this.#indices = indices;
    this.#progress = progress;
    this.#options = options;
    const { numWorkers, prefetchFactor, first } = options;
    this.#active = new Array<boolean>(numWorkers).fill(true);
    this.#load = new Array<number>(numWorkers).fill(0);
    this.#turn = first % numWorkers;
    this.#sent = first;
    this.#received = first;
    this.#dropped = options.dropped;
    pool.listeners.set(number, this);
    pool.want(number);
    for (let i = 0; i < prefetchFactor * numWorkers; i++) this.#sendNext();
  }

  answered(worker: number, answer: Answer): void {
    this.#load[worker] = (this.#load[worker] as number) - 1;
    if (this.#isClosed) discardAnswer(answer);
    else this.#inbox.push([worker, answer]);
    this.#wake();
  }

  died(): void {
    this.#wake();
  }

  async next(): Promise<unknown> {
    for (;;) {
      const answer = await this.#nextAnswer();
      if (answer === undefined) return finished;
      const [worker, { kind }] = answer;
      this.#sendNext();
      if (kind === 'failed') throw this.#failureOf(worker, answer[1] as Answer & { kind: 'failed' });
      if (this.#dropped-- > 0) discardAnswer(answer[1]);
      else return this.#open(worker, answer[1] as Answer & { kind: 'batch' });
    }
  }

  /** Sends the next task to the worker whose turn it is. */
  #sendNext(): void {
    const { numWorkers, prefetchFactor, inOrder } = this.#options;
    const next = this.#indices.next();
    if (next.done === true) return;
    const share = (prefetchFactor * numWorkers) / this.#active.filter(Boolean).length;
    for (let i = 0; i < numWorkers; i++) {
      const worker = this.#turn;
      this.#turn = (worker + 1) % numWorkers;
      if (!this.#active[worker] || !(inOrder || (this.#load[worker] as number) < Math.floor(share))) continue;
      this.#tasks.set(this.#sent, { worker });
      this.#load[worker] = (this.#load[worker] as number) + 1;
      this.#pool.send(worker, { kind: 'fetch', epoch: this.#number, task: this.#sent, index: next.value });
      this.#sent++;
      return;
    }
  }

  /** The answer to the task whose turn it is, or to any; undefined when all are done. */
  async #nextAnswer(): Promise<[number, Answer] | undefined> {
    for (;;) {
      const task = this.#nextTask();
      if (task === undefined || this.#isClosed) return undefined;
      if (task.answer !== undefined) {
        this.#tasks.delete(this.#received++);
        return [task.worker, task.answer];
      }
      const [worker, answer] = await this.#nextMail();
      if (answer === undefined) return undefined;
      if (answer.kind === 'ended' || answer.kind === 'skipped') {
        if (!this.#active[worker]) continue;
        this.#active[worker] = false;
        this.#sendNext();
      } else if (answer.task === this.#received || !this.#options.inOrder) {
        this.#tasks.delete(answer.task);
        if (answer.task === this.#received) this.#received++;
        return [worker, answer];
      } else {
        (this.#tasks.get(answer.task) as Task).answer = answer;
      }
    }
  }

  /** The first task that is answered or still can be. */
  #nextTask(): Task | undefined {
    for (; this.#received < this.#sent; this.#received++) {
      const task = this.#tasks.get(this.#received);
      if (task === undefined) continue;
      if (task.answer !== undefined || this.#active[task.worker]) return task;
      this.#tasks.delete(this.#received);
    }
    return undefined;
  }

  async #nextMail(): Promise<[number, Answer] | [number, undefined]> {
    const { timeout } = this.#options;
    const { promise: late, cancel } = deadline(timeout);
    this.#pool.hold(true);
    try {
      for (;;) {
        if (this.#isClosed || this.#pool.isStopped) return [0, undefined];
        const mail = this.#inbox.shift();
        if (mail !== undefined) return mail;
        if (this.#pool.failure !== undefined) throw this.#pool.failure;
        if ((await Promise.race([this.#woken(), late])) !== 'late') continue;
        throw new WorkerError(`DataLoader: timed out after ${timeout} seconds without a batch`);
      }
    } finally {
      cancel();
      this.#pool.hold(false);
    }
  }

  #open(worker: number, { batch, generatorState }: Answer & { kind: 'batch' }): unknown {
    this.#progress.workers[worker] = generatorState;
    return unpack(batch);
  }

  #failureOf(worker: number, { index, failure }: Answer & { kind: 'failed' }): Error {
    const cause = unpackFailure(failure);
    return workerError(worker, `${cause.name}: ${cause.message}`, { index, cause });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#isClosed = true;
    this.#wake();
    this.#indices.return?.();
    for (const { answer } of this.#tasks.values()) if (answer !== undefined) discardAnswer(answer);
    for (const [, answer] of this.#inbox.splice(0)) discardAnswer(answer);
    const stays = this.#options.persistent && !this.#isAborted();
    if (!stays || !(await this.#settle())) await this.#pool.stop();
  }

  #isAborted(): boolean {
    return this.#options.signal?.aborted === true;
  }

  /** Waits until persistent workers have given up what nobody wants any more; false where they do not. */
  async #settle(): Promise<boolean> {
    this.#pool.giveUp(this.#number);
    this.#pool.hold(true);
    const { promise: late, cancel } = deadline(patience);
    let isLate = false;
    const isUsable = () => this.#pool.failure === undefined && !this.#pool.isStopped;
    while (this.#load.some((count) => count > 0) && isUsable() && !isLate) {
      isLate = (await Promise.race([this.#woken(), late])) === 'late';
    }
    cancel();
    this.#pool.hold(false);
    this.#pool.listeners.delete(this.#number);
    return !isLate && isUsable();
  }

  #woken(): Promise<'woken'> {
    return new Promise((resolve) => {
      this.#wake = () => resolve('woken');
    });
  }
}

/** A promise of `'late'` after some seconds, never for 0. */
function deadline(seconds: number): { promise: Promise<'late'>; cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<'late'>((resolve) => {
    if (seconds > 0) timer = setTimeout(() => resolve('late'), seconds * 1000);
  });
  return { promise, cancel: () => clearTimeout(timer) };
}
