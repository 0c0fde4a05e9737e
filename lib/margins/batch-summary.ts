/** The numbers of single batches, and their sums. */

import type { TripletCounts } from '../selection/margin-triplets.ts';
import type { Tensor } from '../tensor.ts';
import type { ClassReport } from './margin-report.ts';
import type { Histogram } from './triplet-margins.ts';

/**
 * Of an anchor: triplets, those with a negative as near as the positive or nearer, those that violate the margin; the sum of
 * the distances of its positives and their number, the sum of the distances of its negatives and their number.
 */
export type RowSums = readonly number[];

const width = 7;

export interface BatchSummary {
  readonly margin: number;
  readonly finite: boolean;
  readonly mined: number | null;
  readonly perRow: readonly RowSums[];
  readonly classes: ClassSums | null;
  readonly norm: number;
  readonly spread: number;
  readonly histogram: Histogram | null;
}

function add(to: number[], values: RowSums): void {
  for (let i = 0; i < width; i++) to[i] = (to[i] as number) + (values[i] as number);
}

const none = () => new Array<number>(width).fill(0);

/** The sums of each class of a batch, and how many anchors with triplets it has. */
export class ClassSums {
  readonly sums = new Map<number, { anchors: number; values: number[] }>();

  constructor(labels: Tensor, perRow: readonly RowSums[]) {
    for (const [i, label] of (labels.tolist() as (number | bigint)[]).entries()) {
      const values = perRow[i] as RowSums;
      const own = this.sums.get(Number(label)) ?? { anchors: 0, values: none() };
      own.anchors += (values[0] as number) > 0 ? 1 : 0;
      add(own.values, values);
      this.sums.set(Number(label), own);
    }
  }
}

function classReports(batches: readonly BatchSummary[]): ClassReport[] {
  const all = new Map<number, { anchors: number; values: number[] }>();
  for (const { classes } of batches) {
    for (const [label, { anchors, values }] of classes?.sums ?? []) {
      const own = all.get(label) ?? { anchors: 0, values: none() };
      own.anchors += anchors;
      add(own.values, values);
      all.set(label, own);
    }
  }
  return [...all]
    .sort(([a], [b]) => a - b)
    .map(([label, { anchors, values }]) => ({ label, anchors, ...ratesOf(values) }));
}

function ratesOf(values: RowSums) {
  const [total, , active, nearSum, near, farSum, far] = values as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return { violationRate: active / total, positiveDistance: nearSum / near, negativeDistance: farSum / far };
}

const sumRows = (rows: readonly RowSums[]) => {
  const sums = none();
  for (const row of rows) add(sums, row);
  return sums;
};

/** What several batches come to. */
export function sumBatches(batches: readonly BatchSummary[]) {
  const each = batches.filter(({ finite }) => finite).map(({ perRow }) => sumRows(perRow));
  const values = sumRows(each);
  let [hard, active] = [0, 0];
  for (const [, wrong, violating] of each as [number, number, number][]) {
    // Below 0, a margin lets some through that are hard.
    hard += Math.min(wrong, violating);
    active += violating;
  }
  const total = values[0] as number;
  const counts: TripletCounts = { total, easy: total - active, semihard: active - hard, hard };
  const mined = batches.flatMap((batch) => (batch.mined === null ? [] : [batch.mined]));
  return {
    counts,
    ...ratesOf(values),
    rates: each.filter(([triplets]) => triplets !== 0).map((sums) => (sums[2] as number) / (sums[0] as number)),
    classes: classReports(batches),
    anchors: (batches.at(-1)?.perRow ?? []).map(
      ([triplets, , violating]) => (violating as number) / (triplets as number),
    ),
    mined: mined.length === 0 ? null : mined.reduce((sum, count) => sum + count, 0) / mined.length,
    notFinite: batches.filter(({ finite }) => !finite).length,
  };
}
