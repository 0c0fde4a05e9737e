import type { Distance } from '../distances/distance.ts';
import { LpDistance } from '../distances/lp-distance.ts';
import { expectEmbeddings, expectLabels } from '../embeddings.ts';
import { describeValue } from '../errors.ts';
import { sub } from '../generated/torch.ts';
import { Module } from '../nn/module.ts';
import { AvgNonZeroReducer } from '../reducers/avg-non-zero-reducer.ts';
import type { Reducer, UnreducedLoss } from '../reducers/reducer.ts';
import type { Tensor } from '../tensor.ts';
import { allTriplets, expectTriplets, type Triplets } from '../triplets.ts';
import { allTripletHinge, type HingeCounts } from './all-triplet-hinge.ts';

export interface TripletMarginLossOptions {
  /** By how much a negative must be farther than the positive, in the distance's unit; 0.05 by default. */
  margin?: number;
  /** Euclidean between normalised embeddings by default. */
  distance?: Distance;
  /** The mean over violating triplets by default. */
  reducer?: Reducer;
}

/**
 * `max(0, d(a, p) - d(a, n) + margin)` over triplets of a batch (pytorch-metric-learning's `TripletMarginLoss`); for a
 * similarity the two terms change places. The gradient is 0 where a triplet meets the margin exactly.
 *
 * Called with embeddings `[N, D]`, labels int64 `[N]` and the triplets of a miner, by default all that the labels allow.
 * These are not listed: the sum, mean, or mean over violating ones takes O(N² log N) time and O(N) memory, float64 sums,
 * and can be differentiated once.
 * `torch.nn.TripletMarginLoss` is PyTorch's own, which takes three batches of embeddings.
 *
 * @returns a scalar; 0, with gradient 0, where there is no triplet.
 * @throws DTypeError, ShapeError for labels that are not int64 `[N]`; TypeError for a margin that is no number.
 * @example
 * const lossFn = new torch.losses.TripletMarginLoss({ margin: 0.2 });
 * lossFn(embeddings, labels, miner(embeddings, labels)).backward();
 */
export class TripletMarginLoss extends Module {
  readonly margin: number;
  readonly distance: Distance;
  readonly reducer: Reducer;

  constructor({
    margin = 0.05,
    distance = new LpDistance(),
    reducer = new AvgNonZeroReducer(),
  }: TripletMarginLossOptions = {}) {
    super();
    if (typeof margin !== 'number' || Number.isNaN(margin)) {
      throw new TypeError(`TripletMarginLoss: margin must be a number, got ${describeValue(margin)}`);
    }
    this.margin = margin;
    this.distance = distance;
    this.reducer = reducer;
  }

  override forward(embeddings: Tensor, labels: Tensor, triplets?: Triplets): Tensor {
    const { distance, margin, reducer } = this;
    if (triplets !== undefined || reducer.divisor === undefined) {
      return reducer.reduce(this.unreduced(embeddings, labels, triplets));
    }
    expectEmbeddings('TripletMarginLoss: embeddings', embeddings);
    expectLabels('TripletMarginLoss: labels', labels, embeddings);
    const divisor = ({ total, active }: HingeCounts) => reducer.divisor?.(total, active) as number;
    return allTripletHinge(embeddings, labels, { distance, margin, power: 1, activeAtKink: false, divisor });
  }

  /** The losses of the single triplets. */
  unreduced(embeddings: Tensor, labels: Tensor, triplets?: Triplets): UnreducedLoss {
    expectEmbeddings('TripletMarginLoss: embeddings', embeddings);
    expectLabels('TripletMarginLoss: labels', labels, embeddings);
    if (triplets !== undefined) expectTriplets('TripletMarginLoss: triplets', triplets);
    const indices = triplets ?? allTriplets(labels);
    const distances = this.distance.matrix(embeddings);
    const positive = distances.index([indices.anchor, indices.positive]);
    const negative = distances.index([indices.anchor, indices.negative]);
    const values = sub(this.margin, this.distance.margin(positive, negative)).relu();
    return { kind: 'triplet', values, indices };
  }
}
