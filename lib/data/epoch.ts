/** One pass over a dataset, whoever reads it. */

import { isResumable, type SamplerState } from './sampler.ts';

/** What an epoch and the loader that saves it know of its progress. */
export interface Progress {
  /** The base seed of this epoch's workers. */
  readonly seed: bigint;
  /** Batches that the loop was given. */
  position: number;
  /** What the order was drawn from; undefined until it is drawn. */
  sampler: SamplerState | null | undefined;
  /** The states of the workers' generators after the last batch of each that the loop was given. */
  readonly workers: (Uint8Array | null)[];
  isDone: boolean;
}

/** A pass over a dataset. */
export interface Epoch {
  /** The next batch, `finished` when there is none. */
  next(): Promise<unknown>;
  /** Ends the pass; resolves when no thread works for it any more. */
  close(): Promise<void>;
}

/** Returned where an epoch has no more batches. */
export const finished = Symbol('finished');

/**
 * The indices of an epoch, from a position on. What the order is drawn from is noted when it is drawn, which is when the
 * first index is asked for, as in Python.
 */
export function* indicesOf(
  sampler: Iterable<unknown>,
  progress: Progress,
  skipped: number,
): Generator<unknown, void, undefined> {
  let count = 0;
  for (const index of sampler) {
    if (count === 0) progress.sampler = isResumable(sampler) ? { ...sampler.stateDict(), position: 0 } : null;
    if (count++ >= skipped) yield index;
  }
  if (count === 0) progress.sampler = null;
}
