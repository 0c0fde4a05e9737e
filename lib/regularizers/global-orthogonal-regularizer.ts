import { CosineSimilarity } from '../distances/cosine-similarity.ts';
import type { Distance } from '../distances/distance.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import type { Tensor } from '../tensor.ts';
import { Regularizer } from './regularizer.ts';

export interface GlobalOrthogonalRegularizerOptions {
  /** What the squared mean similarity counts; 1 by default. */
  meanWeight?: number;
  /** What the second moment counts; 1 by default. */
  secondMomentWeight?: number;
  /** `CosineSimilarity` by default. */
  distance?: Distance;
}

/**
 * `M1² + max(0, M2 - 1 / D)`, `M1` and `M2` being the mean and the mean square of the similarities between different rows:
 * those of unrelated embeddings spread over the sphere (sentence-transformers' `GlobalOrthogonalRegularizationLoss` of one
 * column; Zhang et al. 2017). 0 for fewer than two rows.
 *
 * @example
 * new torch.regularizers.GlobalOrthogonalRegularizer()(queries).add(
 *   new torch.regularizers.GlobalOrthogonalRegularizer()(documents),
 * );
 */
export class GlobalOrthogonalRegularizer extends Regularizer {
  readonly meanWeight: number;
  readonly secondMomentWeight: number;
  readonly distance: Distance;

  constructor(options: GlobalOrthogonalRegularizerOptions = {}) {
    super();
    const { meanWeight = 1, secondMomentWeight = 1, distance = new CosineSimilarity() } = options;
    this.meanWeight = meanWeight;
    this.secondMomentWeight = secondMomentWeight;
    this.distance = distance;
  }

  protected override penalties(rows: Tensor): UnreducedLoss {
    const [count, size] = rows.shape as [number, number];
    const all = this.distance.matrix(rows);
    const others = all.sub(all.diagonal().diag());
    const pairs = Math.max(1, count * (count - 1));
    const mean = others.sum().div(pairs).square().mul(this.meanWeight);
    const spread = others
      .square()
      .sum()
      .div(pairs)
      .sub(1 / size)
      .relu();
    return { kind: 'reduced', values: mean.add(spread.mul(this.secondMomentWeight)) };
  }
}
