/** What losses, miners and evaluation ask of a distance, without knowing which way it points. */

import { sort, sub } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';

/**
 * A measure of how far embeddings are apart. It owns its orientation: `ascending`, `margin`, `sort` and `farthest` mean
 * the same for a distance, where small is near, and for a similarity, where large is near.
 */
export abstract class Distance {
  /** The value that is farther than any other. */
  get farthest(): number {
    return Number.POSITIVE_INFINITY;
  }

  /** Every row of query `[N, D]` against every row of reference `[M, D]`, by default the query itself: `[N, M]`. */
  abstract matrix(query: Tensor, reference?: Tensor): Tensor;

  /** Row by row: query `[N, D]` and reference `[N, D]` give `[N]`. */
  abstract pairwise(query: Tensor, reference: Tensor): Tensor;

  /** The values turned so that small is near; turned twice they are what they were. */
  ascending(values: Tensor): Tensor {
    return values;
  }

  /**
   * By how much the positive is nearer than the negative: `d(a, n) - d(a, p)`, and for similarities `s(a, p) - s(a, n)`.
   * Negative where the order is wrong.
   */
  margin(positive: Tensor | number, negative: Tensor | number): Tensor {
    return sub(negative, positive);
  }

  /** By how much values are farther than a limit: `d - limit`, and for similarities `limit - s`. */
  excess(values: Tensor, limit: Tensor | number): Tensor {
    return this.margin(limit, values);
  }

  /** Sorts along the last dimension, nearest first; equal values keep their order. */
  sort(values: Tensor): { values: Tensor; indices: Tensor } {
    const [sorted, indices] = sort(values, { stable: true, dim: -1, descending: false });
    return { values: sorted, indices };
  }
}
