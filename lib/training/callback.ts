/** What a loop tells those who watch it, and what they may ask of it. */

import type { Stateful } from './stateful.ts';

/** Numbers by name, such as `loss` and `validation/loss`. */
export type Metrics = Readonly<Record<string, number>>;

/** Where a loop stands. */
export interface Progress {
  /** Optimizer steps taken. */
  readonly step: number;
  /** Epochs completed. */
  readonly epoch: number;
  /** Batches of this epoch that are done. */
  readonly batch: number;
  /** Batches of an epoch, where the data have a `length`. */
  readonly batches: number | undefined;
  /** Epochs that there will be. */
  readonly epochs: number;
  /** The last step's metrics, or the epoch's at its end. */
  readonly metrics: Metrics;
  /** Ends the loop after this step or epoch. */
  stop(reason: string): void;
}

/** Watches a loop. All methods are optional; they may be async, and the loop waits for them. */
export interface Callback extends Partial<Stateful> {
  /** Its name in checkpoints, where it has a state. */
  readonly name?: string;
  /** Before the first step; `resumed` where a checkpoint was loaded. */
  onStart?(progress: Progress, resumed: boolean): void | Promise<void>;
  onStep?(progress: Progress): void | Promise<void>;
  onEpoch?(progress: Progress): void | Promise<void>;
  /** At the end, also after an error. */
  onEnd?(progress: Progress): void | Promise<void>;
}
