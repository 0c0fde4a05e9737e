/** What the threads of a `DataLoader` say to each other. */

import type { DatasetPlan } from './dataset-plan.ts';
import type { Failure } from './failure.ts';
import type { Import } from './module-reference.ts';
import type { Parcel } from './parcel.ts';

/** What a worker is started with. */
export interface WorkerStart {
  readonly id: number;
  readonly numWorkers: number;
  readonly seed: bigint;
  /** The state to continue the worker's generator from, where there is one. */
  readonly generatorState: Uint8Array | undefined;
  readonly dataset: DatasetPlan;
  readonly batched: boolean;
  readonly dropLast: boolean;
  /** By module, or the name of the loader's own function. */
  readonly collate: Import | 'defaultCollate' | 'defaultConvert';
  readonly init: Import | undefined;
  /** One word: the epoch whose tasks are wanted, -1 when the workers are to end. */
  readonly wanted: Int32Array;
}

/** To a worker: read a batch, or end. */
export type ToWorker =
  | { readonly kind: 'fetch'; readonly epoch: number; readonly task: number; readonly index: unknown }
  | { readonly kind: 'stop' };

/** From a worker: the answer to each task, and that it is ready or has stopped. */
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'stopped' }
  | {
      readonly kind: 'batch';
      readonly epoch: number;
      readonly task: number;
      readonly batch: Parcel;
      /** The state of the worker's generator after this batch. */
      readonly generatorState: Uint8Array;
    }
  | { readonly kind: 'ended' | 'skipped'; readonly epoch: number; readonly task: number }
  | {
      readonly kind: 'failed';
      readonly epoch: number;
      readonly task: number;
      readonly index: unknown;
      readonly failure: Failure;
    };

/** The answers that hold a batch, or say why there is none. */
export type Answer = Exclude<FromWorker, { kind: 'ready' | 'stopped' }>;
