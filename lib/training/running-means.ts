/** Means of metrics over the batches of an epoch. */

import { Tensor } from '../tensor.ts';
import type { Metrics } from './callback.ts';

/** What a batch is measured by: numbers, or tensors with one element. */
export type Measures = Readonly<Record<string, number | Tensor>>;

export function numbersOf(measures: Measures): Record<string, number> {
  return Object.fromEntries(
    Object.entries(measures).map(([name, value]) => [name, value instanceof Tensor ? Number(value.item()) : value]),
  );
}

/** Sums and counts by name: the state of the means. */
export type Sums = Record<string, [sum: number, count: number]>;

export class RunningMeans {
  sums: Sums = {};

  add(metrics: Metrics): void {
    for (const [name, value] of Object.entries(metrics)) {
      const [sum, count] = this.sums[name] ?? [0, 0];
      this.sums[name] = [sum + value, count + 1];
    }
  }

  /** The means, and the beginning of new ones. */
  take(): Record<string, number> {
    const means = Object.entries(this.sums).map(([name, [sum, count]]) => [name, sum / count] as const);
    this.sums = {};
    return Object.fromEntries(means);
  }
}
