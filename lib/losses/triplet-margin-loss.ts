import { expectInteger, expectNumber, expectOneOf } from '../arguments.ts';
import { onesLike, where } from '../generated/torch.ts';
import { softplus } from '../nn/functional/index.ts';
import { AvgNonZeroReducer } from '../reducers/avg-non-zero-reducer.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import type { Tensor } from '../tensor.ts';
import { randomTriplets } from '../triplets.ts';
import { allTripletHinge } from './all-triplet-hinge.ts';
import type { LossBatch } from './loss-batch.ts';
import { MetricLoss, type MetricLossOptions } from './metric-loss.ts';
import { tripletTiles } from './triplet-tiles.ts';

type Divisor = (total: number, nonZero: number) => number;

export interface TripletMarginLossOptions extends MetricLossOptions {
  /** By how much a negative must be farther than the positive, in the distance's unit; 0.05 by default. */
  margin?: number;
  /** Whether the negative is compared with the anchor or the positive, whichever it is nearer to; false by default. */
  swap?: boolean;
  /** `log(1 + exp(d(a, p) - d(a, n) + margin))` instead of the hinge; false by default. */
  smoothLoss?: boolean;
  /** 2 for the squared hinge; 1 by default. */
  power?: 1 | 2;
  /**
   * Whether a triplet that meets the margin exactly has a gradient, as in `torch.nn.TripletMarginLoss`; false by default, as
   * in pytorch-metric-learning. `AvgNonZeroReducer` leaves such a triplet out.
   */
  activeAtKink?: boolean;
  /** How many random triplets of each anchor; `'all'` by default. */
  tripletsPerAnchor?: number | 'all';
}

/**
 * `max(0, d(a, p) - d(a, n) + margin)` over triplets of a batch (pytorch-metric-learning's `TripletMarginLoss`); for a
 * similarity the two terms change places. Reduced by `AvgNonZeroReducer`, over Euclidean distances of normalised embeddings,
 * by default.
 *
 * Without a miner's tuples it is over all triplets, which are not listed: the sum, mean, or mean over violating ones takes
 * O(N² log N) time and O(N) memory, float64 sums, and can be differentiated once. With `swap`, `smoothLoss` or weights each
 * is evaluated, in O(N²) memory; with other reducers, or these and `power` 2 or `activeAtKink`, they are listed.
 * `torch.nn.TripletMarginLoss` is PyTorch's own, which takes three batches of embeddings.
 *
 * @returns a scalar; 0, with gradient 0, where there is no triplet.
 * @throws DTypeError, ShapeError for labels that are not int64 `[N]`; TypeError for a margin that is no number; RangeError
 * for another power, and for a smooth loss with `power` 2 or a kink.
 * @example
 * const lossFn = new torch.losses.TripletMarginLoss({ margin: 0.2 });
 * lossFn(embeddings, labels, { tuples: miner(embeddings, labels) }).backward();
 */
export class TripletMarginLoss extends MetricLoss {
  /** May be changed between calls. */
  margin: number;
  readonly swap: boolean;
  readonly smoothLoss: boolean;
  readonly power: 1 | 2;
  readonly activeAtKink: boolean;
  readonly tripletsPerAnchor: number | 'all';

  constructor(options: TripletMarginLossOptions = {}) {
    super(options, { reducer: () => new AvgNonZeroReducer() });
    const { margin = 0.05, swap = false, smoothLoss = false, tripletsPerAnchor = 'all' } = options;
    const { power = 1, activeAtKink = false } = options;
    expectNumber('TripletMarginLoss: margin', margin);
    if (tripletsPerAnchor !== 'all') expectInteger('TripletMarginLoss: tripletsPerAnchor', tripletsPerAnchor);
    expectOneOf('TripletMarginLoss: power', power, [1, 2]);
    if (smoothLoss && (power === 2 || activeAtKink)) {
      throw new RangeError('TripletMarginLoss: smoothLoss has no kink and no power, got power 2 or activeAtKink');
    }
    this.margin = margin;
    this.swap = swap;
    this.smoothLoss = smoothLoss;
    this.power = power;
    this.activeAtKink = activeAtKink;
    this.tripletsPerAnchor = tripletsPerAnchor;
  }

  protected override reduced(batch: LossBatch): Tensor {
    const { reducer } = this;
    const listed = batch.tuples !== undefined || this.tripletsPerAnchor !== 'all';
    if (listed || reducer.divisor === undefined) return super.reduced(batch);
    const divisor = (total: number, nonZero: number) => reducer.divisor?.(total, nonZero) as number;
    const evaluated = this.swap || this.smoothLoss || batch.weights !== undefined || batch.relation.weighted;
    if (!evaluated) return this.#sorted(batch, divisor);
    const tiled = batch.embeddings.device === 'cpu' && this.power === 1 && !this.activeAtKink;
    return tiled ? this.#tiled(batch, divisor) : super.reduced(batch);
  }

  #sorted({ embeddings, reference, relation }: LossBatch, divisor: Divisor): Tensor {
    const { distance, margin, power } = this;
    const activeAtKink = this.activeAtKink && !this.reducer.dropsZeros;
    return allTripletHinge(embeddings, reference, relation, {
      distance,
      margin,
      power,
      activeAtKink,
      divisor: ({ total, violating }) => divisor(total, violating),
    });
  }

  #tiled(batch: LossBatch, divisor: Divisor): Tensor {
    const { distance, margin, swap, smoothLoss: smooth } = this;
    const distances = distance.ascending(distance.matrix(batch.embeddings, batch.reference));
    const among = batch.isSelf ? distances : distance.ascending(distance.matrix(batch.reference));
    return tripletTiles(distances, swap ? among : null, batch.relation.block(), {
      margin,
      smooth,
      weights: this.#pairWeights(batch, distances),
      divisor,
    });
  }

  /** What each pair counts: the relation's weight, and for positive pairs the anchor's. */
  #pairWeights({ relation, weights }: LossBatch, distances: Tensor): Tensor | null {
    const block = relation.block();
    let result = block.weights?.to(distances.dtype) ?? null;
    if (weights === undefined) return result;
    result ??= onesLike(distances, { requiresGrad: false });
    return where(block.positives, result.mul(weights.detach().to(result.dtype).unsqueeze(1)), result);
  }

  protected override parts(batch: LossBatch): readonly UnreducedLoss[] {
    const { distance, tripletsPerAnchor } = this;
    const sampled = batch.tuples === undefined && tripletsPerAnchor !== 'all';
    const indices = sampled ? randomTriplets(batch.relation, tripletsPerAnchor) : batch.triplets;
    const distances = distance.matrix(batch.embeddings, batch.reference);
    const positive = distances.index([indices.anchor, indices.positive]);
    let negative = distances.index([indices.anchor, indices.negative]);
    if (this.swap) {
      const among = batch.isSelf ? distances : distance.matrix(batch.reference);
      const ascending = distance.ascending(negative);
      const swapped = distance.ascending(among.index([indices.positive, indices.negative]));
      negative = distance.ascending(ascending.minimum(swapped));
    }
    const arguments_ = distance.margin(positive, negative).mul(-1).add(this.margin);
    return [{ kind: 'triplet', values: this.#valuesOf(arguments_), indices }];
  }

  #valuesOf(gaps: Tensor): Tensor {
    if (this.smoothLoss) return softplus(gaps);
    const hinge = this.activeAtKink ? gaps.clampMin(0) : gaps.relu();
    return this.power === 1 ? hinge : hinge.square();
  }
}
