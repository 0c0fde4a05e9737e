import { type Epoch, finished } from './epoch.ts';
import { ended, type Fetcher } from './fetcher.ts';

/** A pass over a dataset in the loader's own thread. */
export class LocalEpoch implements Epoch {
  readonly #indices: Iterator<unknown>;
  readonly #fetcher: Fetcher;
  /** Batches of an iterable dataset that are read and dropped, to continue where another pass was. */
  #dropped: number;
  #isFetching = false;
  #closing: Promise<void> | undefined;

  constructor(indices: Iterator<unknown>, fetcher: Fetcher, dropped: number) {
    this.#indices = indices;
    this.#fetcher = fetcher;
    this.#dropped = dropped;
  }

  async next(): Promise<unknown> {
    for (;;) {
      const next = this.#indices.next();
      if (next.done === true) return finished;
      this.#isFetching = true;
      const batch = await this.#fetcher.fetch(next.value).finally(() => {
        this.#isFetching = false;
      });
      if (batch === ended) return finished;
      if (this.#dropped-- <= 0) return batch;
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#indices.return?.();
    const closed = this.#fetcher.close();
    // A dataset that does not come back cannot be waited for.
    if (this.#isFetching) closed.catch(() => {});
    else await closed;
  }
}
