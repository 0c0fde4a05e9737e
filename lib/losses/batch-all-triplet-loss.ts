import { LpDistance } from '../distances/lp-distance.ts';
import type { MetricLossOptions } from './metric-loss.ts';
import { TripletMarginLoss } from './triplet-margin-loss.ts';

export interface BatchAllTripletLossOptions extends MetricLossOptions {
  /** By how much a negative must be farther than the positive, in the distance's unit; 5 by default. */
  margin?: number;
}

/**
 * The mean of `max(0, d(a, p) - d(a, n) + margin)` over the triplets of a batch that violate the margin
 * (sentence-transformers' `BatchAllTripletLoss`): `TripletMarginLoss` with a margin of 5 and Euclidean distances of
 * embeddings as they are, not normalised. Triplets are not listed: it takes O(N² log N) time and O(N) memory.
 *
 * @returns a scalar; 0 where there is no triplet.
 * @example
 * new torch.losses.BatchAllTripletLoss({ margin: 1 })(embeddings, labels).backward();
 */
export class BatchAllTripletLoss extends TripletMarginLoss {
  constructor(options: BatchAllTripletLossOptions = {}) {
    super({ margin: 5, distance: new LpDistance({ normalizeEmbeddings: false }), ...options });
  }
}
