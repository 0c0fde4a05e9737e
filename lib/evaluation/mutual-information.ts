/** How much two partitions of the same rows tell about each other. */

import { noGrad } from '../autograd/modes.ts';
import { unique } from '../composite.ts';
import { expectClassIds } from '../embeddings.ts';
import { ShapeError } from '../errors.ts';
import { arange } from '../generated/torch.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';

/** The sizes of the parts of either partition, and of the parts that they have together. */
interface Contingency {
  readonly rows: number;
  readonly first: Float64Array;
  readonly second: Float64Array;
  /** Numbers of the parts in `first` and in `second`, and how many rows are in both; only those with any. */
  readonly cells: readonly (readonly [i: number, j: number, count: number])[];
}

function contingencyOf(where: string, labels: Tensor, clusters: Tensor): Contingency {
  const rows = expectClassIds(`${where}: labels`, labels);
  if (expectClassIds(`${where}: clusters`, clusters) !== rows) {
    throw new ShapeError(`${where}: clusters must be [${rows}] to match labels, got [${clusters.shape.join(', ')}]`);
  }
  return noGrad(() =>
    scope(() => {
      const parts = (ids: Tensor) =>
        unique(ids, { returnInverse: true, returnCounts: true }) as [Tensor, Tensor, Tensor];
      const numbers = (counts: Tensor) => counts.double().toTypedArray() as Float64Array;
      const [, ofFirst, first] = parts(labels);
      const [, ofSecond, second] = parts(clusters);
      const columns = second.shape[0] as number;
      const [cells, , counts] = parts(ofFirst.mul(columns).add(ofSecond));
      const count = numbers(counts);
      return {
        rows,
        first: numbers(first),
        second: numbers(second),
        cells: Array.from(numbers(cells), (cell, at) => {
          return [Math.floor(cell / columns), cell % columns, count[at] as number] as const;
        }),
      };
    }),
  );
}

function entropy(sizes: Float64Array, rows: number): number {
  return sizes.reduce((sum, size) => sum - (size / rows) * Math.log(size / rows), 0);
}

function mutualInformation({ rows, first, second, cells }: Contingency): number {
  let sum = 0;
  for (const [i, j, count] of cells) {
    sum += (count / rows) * Math.log((rows * count) / ((first[i] as number) * (second[j] as number)));
  }
  return Math.max(0, sum);
}

/** Each size with how many parts have it: the expectation depends on sizes alone, of which there are few. */
function sizesWithCounts(sizes: Float64Array): Map<number, number> {
  const counts = new Map<number, number>();
  for (const size of sizes) counts.set(size, (counts.get(size) ?? 0) + 1);
  return counts;
}

/** The mean of the mutual information over all partitions with parts of these sizes. */
function expectedMutualInformation({ rows, first, second }: Contingency): number {
  // log n!
  const factorial = scope(() =>
    arange(1, rows + 2, { dtype: 'float64' })
      .lgamma()
      .toTypedArray(),
  ) as Float64Array;
  const log = (n: number) => factorial[n] as number;
  let sum = 0;
  for (const [a, timesA] of sizesWithCounts(first)) {
    for (const [b, timesB] of sizesWithCounts(second)) {
      const constant = log(a) + log(b) + log(rows - a) + log(rows - b) - log(rows);
      let ofPair = 0;
      for (let n = Math.max(1, a + b - rows); n <= Math.min(a, b); n++) {
        const probability = Math.exp(constant - log(n) - log(a - n) - log(b - n) - log(rows - a - b + n));
        ofPair += (n / rows) * Math.log((rows * n) / (a * b)) * probability;
      }
      sum += timesA * timesB * ofPair;
    }
  }
  return sum;
}

const isTrivial = ({ first, second }: Contingency) => first.length <= 1 && second.length <= 1;

/**
 * NMI: `I(U; V) / ((H(U) + H(V)) / 2)`, from 0 to 1; 1 where neither partition divides the rows (scikit-learn's
 * `normalized_mutual_info_score`). It grows with the number of clusters; `adjustedMutualInformation` does not.
 *
 * @param labels int64 `[N]`
 * @param clusters int64 `[N]`
 */
export function normalizedMutualInformation(labels: Tensor, clusters: Tensor): number {
  const contingency = contingencyOf('normalizedMutualInformation', labels, clusters);
  if (isTrivial(contingency)) return 1;
  const { rows, first, second } = contingency;
  return mutualInformation(contingency) / ((entropy(first, rows) + entropy(second, rows)) / 2);
}

/**
 * AMI: `(I(U; V) - E[I]) / ((H(U) + H(V)) / 2 - E[I])`, where E is over random partitions with parts of the same sizes: 0 for
 * chance, 1 for equal partitions (Vinh, Epps, Bailey 2010; scikit-learn's `adjusted_mutual_info_score`).
 *
 * @param labels int64 `[N]`
 * @param clusters int64 `[N]`
 */
export function adjustedMutualInformation(labels: Tensor, clusters: Tensor): number {
  const contingency = contingencyOf('adjustedMutualInformation', labels, clusters);
  if (isTrivial(contingency)) return 1;
  const { rows, first, second } = contingency;
  if (first.length === 1 || second.length === 1) return 0;
  const expected = expectedMutualInformation(contingency);
  const most = (entropy(first, rows) + entropy(second, rows)) / 2;
  // Where chance does as well as can be, as for parts of one row each, both differences are rounding.
  const away = (difference: number) =>
    difference < 0 ? Math.min(difference, -Number.EPSILON) : Math.max(difference, Number.EPSILON);
  return away(mutualInformation(contingency) - expected) / away(most - expected);
}
