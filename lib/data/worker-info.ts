import type { Generator } from '../generator.ts';

/** What a worker of a `DataLoader` knows of itself. */
export interface WorkerInfo<D = unknown> {
  /** From 0 to `numWorkers - 1`. */
  readonly id: number;
  readonly numWorkers: number;
  /** The loader's base seed plus `id`. */
  readonly seed: bigint;
  /** This worker's own copy of the dataset. */
  readonly dataset: D;
  /**
   * Random numbers of this worker, seeded with `seed`: pass it to whatever draws in the dataset. The default generator
   * belongs to all threads of the process, so what is drawn from it here is neither reproducible nor without effect on the
   * training loop.
   */
  readonly generator: Generator;
}

let info: WorkerInfo | null = null;

/** What this worker knows of itself, null outside of workers (`torch.utils.data.get_worker_info`). */
export function getWorkerInfo<D = unknown>(): WorkerInfo<D> | null {
  return info as WorkerInfo<D> | null;
}

/** Says that this thread is a worker. */
export function setWorkerInfo(value: WorkerInfo): void {
  info = value;
}
