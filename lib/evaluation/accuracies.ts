/** What the accuracy calculator gives: per-query values made into means. */

import { unique } from '../composite.ts';
import { zeros } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import type { ClusteringMetric, ClusteringValues, Metric, RetrievalValues } from './metric.ts';

/** What is measured where nothing else is asked for. */
export type DefaultMetric = 'precisionAt1' | 'rPrecision' | 'meanAveragePrecisionAtR';

/**
 * A number for each metric that was asked for; NaN where no query has a right answer. With `returnPerClass`, a list in the
 * order of `classes` for each but NMI and AMI.
 */
export type Accuracies<M extends Metric = DefaultMetric, PerClass extends boolean = false> = {
  /** How many queries have a right answer; the others are left out. */
  queries: number;
} & (PerClass extends true
  ? { [Name in M]: Name extends ClusteringMetric ? number : number[] } & {
      /** The classes of those queries, ascending. */
      classes: bigint[];
    }
  : { -readonly [Name in keyof Pick<RetrievalValues & ClusteringValues, M>]: number });

/** The means of float64 `[N]` over each class of int64 `[N]`, in the order of the distinct classes. */
export class ClassMeans {
  readonly classes: Tensor;
  readonly #place: Tensor;
  readonly #counts: Tensor;

  constructor(classes: Tensor) {
    const [distinct, place, counts] = unique(classes, { returnInverse: true, returnCounts: true });
    this.classes = distinct as Tensor;
    this.#place = place as Tensor;
    this.#counts = counts as Tensor;
  }

  of(values: Tensor): Tensor {
    const sums = zeros(this.#counts.shape, { dtype: 'float64', device: values.device });
    return sums.indexAdd_(0, this.#place, values).div(this.#counts);
  }
}
