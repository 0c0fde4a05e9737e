import { expectNumber } from '../arguments.ts';
import type { Distance } from '../distances/distance.ts';
import { describeValue } from '../errors.ts';
import { where } from '../generated/torch.ts';
import { AvgNonZeroReducer } from '../reducers/avg-non-zero-reducer.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import type { Tensor } from '../tensor.ts';
import type { LossBatch } from './loss-batch.ts';
import { MetricLoss, type MetricLossOptions } from './metric-loss.ts';

export interface ContrastiveLossOptions extends MetricLossOptions {
  /** How far apart positives may be, in the distance's unit; 0 by default, for a similarity 1 means the same. */
  posMargin?: number;
  /** How far apart negatives must be, in the distance's unit; 1 by default, for a similarity 0 means about the same. */
  negMargin?: number;
  /** 2 squares the loss of each pair, as Hadsell, Chopra and LeCun do; 1 by default. */
  power?: 1 | 2;
}

/**
 * `max(0, d(a, p) - posMargin) ^ power` over positive pairs, and `max(0, negMargin - d(a, n)) ^ power` over negative ones
 * (pytorch-metric-learning's `ContrastiveLoss`, whose power is 1); for a similarity the signs change. The parts `positive`
 * and `negative` are reduced apart, by `AvgNonZeroReducer` by default, and added. Hadsell et al., "Dimensionality
 * reduction by learning an invariant mapping" (2006), and sentence-transformers take half of the squares.
 *
 * Without a miner's tuples all pairs are reduced where they stand in the `[N, M]` matrix; weights, and reducers that need
 * to know the pairs, do list them.
 *
 * @returns a scalar; 0, with gradient 0, where there is no pair.
 * @throws TypeError for a margin that is no number, RangeError for another power.
 * @example
 * const lossFn = new torch.losses.ContrastiveLoss({ posMargin: 0.25, negMargin: 1 });
 * const similar = new torch.losses.ContrastiveLoss({
 *   posMargin: 1,
 *   negMargin: 0.3,
 *   distance: new torch.distances.CosineSimilarity(),
 * });
 */
export class ContrastiveLoss extends MetricLoss {
  posMargin: number;
  negMargin: number;
  readonly power: 1 | 2;

  constructor(options: ContrastiveLossOptions = {}, defaults: { distance?: () => Distance } = {}) {
    super(options, { reducer: () => new AvgNonZeroReducer(), ...defaults });
    const { posMargin = 0, negMargin = 1, power = 1 } = options;
    const where = this.constructor.name;
    expectNumber(`${where}: posMargin`, posMargin);
    expectNumber(`${where}: negMargin`, negMargin);
    if (power !== 1 && power !== 2) throw new RangeError(`${where}: power must be 1 or 2, got ${describeValue(power)}`);
    this.posMargin = posMargin;
    this.negMargin = negMargin;
    this.power = power;
  }

  protected override reduced(batch: LossBatch): Tensor {
    const { distance, reducer } = this;
    const { relation, tuples, weights } = batch;
    const listed = tuples !== undefined || weights !== undefined || relation.weighted;
    if (listed || reducer.divisor === undefined) return super.reduced(batch);
    const { positives, negatives } = batch.masks;
    const distances = distance.matrix(batch.embeddings, batch.reference);
    const reduce = (mask: Tensor, losses: Tensor) => {
      const kept = where(mask, losses, 0);
      const [total, nonZero] = [mask, kept.gt(0)].map((each) => each.sum().item() as number) as [number, number];
      return kept.sum().div(reducer.divisor?.(total, nonZero) as number);
    };
    return reduce(positives, this.#pull(distances)).add(reduce(negatives, this.#push(distances)));
  }

  protected override parts(batch: LossBatch): readonly UnreducedLoss[] {
    const { positiveAnchor, positive, negativeAnchor, negative } = batch.pairs;
    const distances = this.distance.matrix(batch.embeddings, batch.reference);
    const pull = this.#pull(distances.index([positiveAnchor, positive]));
    const push = this.#push(distances.index([negativeAnchor, negative]));
    return [
      { kind: 'pair', name: 'positive', values: pull, indices: { anchor: positiveAnchor, other: positive } },
      { kind: 'pair', name: 'negative', values: push, indices: { anchor: negativeAnchor, other: negative } },
    ];
  }

  #pull(distances: Tensor): Tensor {
    return this.#hinge(this.distance.excess(distances, this.posMargin));
  }

  #push(distances: Tensor): Tensor {
    return this.#hinge(this.distance.excess(distances, this.negMargin).neg());
  }

  #hinge(values: Tensor): Tensor {
    return this.power === 1 ? values.relu() : values.relu().square();
  }
}
