/** What losses of rankings rank: every candidate that a row relates to, the row itself among them. */

import { noGrad } from '../autograd/modes.ts';
import { zeros } from '../generated/torch.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import type { LossBatch } from './loss-batch.ts';

export interface RankedPositives {
  /** The rows that have a positive other than themselves, int64 `[R]`. */
  readonly queries: Tensor;
  /** Each of their positives, and themselves where they are their own candidates: int64 `[P]`, ordered by row. */
  readonly rows: Tensor;
  /** int64 `[P]` */
  readonly columns: Tensor;
  /** How many these are for each row, `[N]`; at least 1. */
  readonly counts: Tensor;
  /** bool `[N, M]`: these as a mask. */
  readonly positives: Tensor;
  /** bool `[N, M]` */
  readonly negatives: Tensor;
}

/** The candidates that each row of a batch ranks. A row that ranks itself has itself as its nearest positive. */
export function rankedPositives({ relation, embeddings }: LossBatch): RankedPositives {
  return noGrad(() =>
    scope(() => {
      const { positives, negatives } = relation.block();
      const able = positives.any(1);
      if (relation.self !== null && relation.rows > 0) positives.diagonal(relation.self).fill_(1);
      positives.logicalAnd_(able.unsqueeze(1));
      const [rows, columns] = positives.nonzero().unbind(1) as [Tensor, Tensor];
      const counts = positives.sum(1).clampMin(1).to(embeddings.dtype);
      return { queries: able.nonzero().squeeze(1), rows, columns, counts, positives, negatives };
    }),
  );
}

/** Values `[P]` of the positives as the mean of each query, `[R]`. */
export function meanOfQueries(values: Tensor, { queries, rows, counts }: RankedPositives): Tensor {
  const sums = zeros([counts.shape[0] as number], { dtype: values.dtype, device: values.device });
  return sums.indexAdd(0, rows, values).div(counts).index([queries]);
}
