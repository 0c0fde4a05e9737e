import { setImmediate } from 'node:timers/promises';
import { type Epoch, finished, type Progress } from './epoch.ts';

/** Ends epochs whose iterator was dropped in the middle of a loop. */
const dropped = new FinalizationRegistry<Epoch>((epoch) => void epoch.close().catch(() => {}));

/**
 * The batches of one epoch. Leaving a `for await` loop by `break` or an error ends it, and so do errors of its own and an
 * aborted signal; it waits until its workers have ended.
 */
export class BatchIterator<B> implements AsyncIterableIterator<B, undefined> {
  readonly #epoch: Epoch;
  readonly #progress: Progress;
  readonly #signal: AbortSignal | undefined;
  readonly #finish: (batch: unknown) => unknown;
  readonly #abort: () => void;
  #isEnded = false;
  #pending: Promise<unknown> = Promise.resolve();

  /** `finish` is what is done to each batch at last. */
  constructor(epoch: Epoch, progress: Progress, signal: AbortSignal | undefined, finish: (batch: unknown) => unknown) {
    this.#epoch = epoch;
    this.#progress = progress;
    this.#signal = signal;
    this.#finish = finish;
    this.#abort = () => void epoch.close().catch(() => {});
    signal?.addEventListener('abort', this.#abort);
    dropped.register(this, epoch, this);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next batch; several calls at once are answered one after the other. */
  next(): Promise<IteratorResult<B, undefined>> {
    const result = this.#pending.then(() => this.#step());
    this.#pending = result.catch(() => {});
    return result;
  }

  /** Ends the epoch; resolves when its workers have ended. */
  async return(): Promise<IteratorResult<B, undefined>> {
    await this.#end();
    return { done: true, value: undefined };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }

  async #step(): Promise<IteratorResult<B, undefined>> {
    // A turn of the event loop for everything else in the process, and none of the scopes around the call.
    await setImmediate();
    if (this.#isEnded) return { done: true, value: undefined };
    try {
      this.#signal?.throwIfAborted();
      const batch = await this.#unlessAborted(this.#epoch.next());
      this.#signal?.throwIfAborted();
      if (batch !== finished && !this.#isEnded) {
        this.#progress.position++;
        return { done: false, value: this.#finish(batch) as B };
      }
      if (batch === finished && !this.#isEnded) this.#progress.isDone = true;
    } catch (error) {
      await this.#end();
      throw error;
    }
    await this.#end();
    return { done: true, value: undefined };
  }

  /** Rejects when the signal is aborted, though what it waits for may go on. */
  async #unlessAborted(result: Promise<unknown>): Promise<unknown> {
    const signal = this.#signal;
    if (signal === undefined) return result;
    let stop = () => {};
    const aborted = new Promise<never>((_, reject) => {
      stop = () => reject(signal.reason);
      signal.addEventListener('abort', stop);
    });
    try {
      return await Promise.race([result, aborted]);
    } finally {
      signal.removeEventListener('abort', stop);
      result.catch(() => {});
    }
  }

  async #end(): Promise<void> {
    this.#isEnded = true;
    dropped.unregister(this);
    await this.#epoch.close();
    this.#signal?.removeEventListener('abort', this.#abort);
  }
}
