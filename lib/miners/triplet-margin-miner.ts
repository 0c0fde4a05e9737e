import { noGrad } from '../autograd/modes.ts';
import type { Distance } from '../distances/distance.ts';
import { LpDistance } from '../distances/lp-distance.ts';
import { expectEmbeddings, expectLabels } from '../embeddings.ts';
import { describeValue } from '../errors.ts';
import { Module } from '../nn/module.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { positivePairs, type Triplets, tripletsWhere } from '../triplets.ts';

/** Which triplets a miner keeps; `all` are the semi-hard and the hard ones, that is, all that violate the margin. */
export type TypeOfTriplets = 'all' | 'hard' | 'semihard' | 'easy';

const types: readonly TypeOfTriplets[] = ['all', 'hard', 'semihard', 'easy'];

export interface TripletMarginMinerOptions {
  /** By how much a negative must be farther than the positive, in the distance's unit; 0.2 by default. */
  margin?: number;
  /** `'all'` by default. */
  typeOfTriplets?: TypeOfTriplets;
  /** Euclidean between normalised embeddings by default. */
  distance?: Distance;
}

/** How many of all the triplets that a batch allows are of each type. */
export interface TripletCounts {
  /** Every triplet that the labels allow. */
  readonly total: number;
  /** The negative is farther than the positive by more than the margin. */
  readonly easy: number;
  /** The negative is farther, but within the margin. */
  readonly semihard: number;
  /** The negative is as near as the positive, or nearer. */
  readonly hard: number;
}

export interface MinedTriplets extends Triplets {
  readonly counts: TripletCounts;
}

/**
 * Picks triplets of a batch by `g = d(a, n) - d(a, p)`: easy `g > margin`, semi-hard `0 < g <= margin`, hard `g <= 0`
 * (pytorch-metric-learning's `TripletMarginMiner`). A triplet whose distances are NaN counts as hard, so that it shows.
 *
 * Called with embeddings `[N, D]` and labels int64 `[N]`; records no gradients.
 *
 * @returns the triplets, ordered by anchor, positive, negative, and the counts of all types.
 * @throws DTypeError, ShapeError for labels that are not int64 `[N]`.
 * @example
 * const miner = new torch.miners.TripletMarginMiner({ margin: 0.2 });
 * const triplets = miner(embeddings, labels);
 * const violating = (triplets.counts.semihard + triplets.counts.hard) / triplets.counts.total;
 */
export class TripletMarginMiner extends Module {
  readonly margin: number;
  readonly typeOfTriplets: TypeOfTriplets;
  readonly distance: Distance;

  constructor({ margin = 0.2, typeOfTriplets = 'all', distance = new LpDistance() }: TripletMarginMinerOptions = {}) {
    super();
    if (typeof margin !== 'number' || Number.isNaN(margin)) {
      throw new TypeError(`TripletMarginMiner: margin must be a number, got ${describeValue(margin)}`);
    }
    if (!types.includes(typeOfTriplets)) {
      const got = describeValue(typeOfTriplets);
      throw new RangeError(`TripletMarginMiner: typeOfTriplets must be one of ${types.join(', ')}, got ${got}`);
    }
    this.margin = margin;
    this.typeOfTriplets = typeOfTriplets;
    this.distance = distance;
  }

  override forward(embeddings: Tensor, labels: Tensor): MinedTriplets {
    expectEmbeddings('TripletMarginMiner: embeddings', embeddings);
    expectLabels('TripletMarginMiner: labels', labels, embeddings);
    return noGrad(() => scope(() => this.#mine(this.distance.matrix(embeddings), positivePairs(labels))));
  }

  #mine(distances: Tensor, pairs: ReturnType<typeof positivePairs>): MinedTriplets {
    let total = 0;
    let hard = 0;
    let violating = 0;
    const triplets = tripletsWhere(pairs, (anchor, positive) => {
      const possible = pairs.different.index([anchor]);
      const gap = this.distance.margin(distances.index([anchor, positive]).unsqueeze(1), distances.index([anchor]));
      // Written with `not`, so that NaN is never easy.
      const isHard = gap.gt(0).logicalNot_().logicalAnd_(possible);
      const violates = gap.gt(this.margin).logicalNot_().logicalAnd_(possible);
      total += possible.sum().item() as number;
      hard += isHard.sum().item() as number;
      violating += violates.sum().item() as number;
      switch (this.typeOfTriplets) {
        case 'hard':
          return isHard.logicalAnd(violates);
        case 'semihard':
          return violates.logicalAnd(isHard.logicalNot());
        case 'easy':
          return possible.logicalAnd(violates.logicalNot());
        default:
          return violates;
      }
    });
    return { ...triplets, counts: { total, easy: total - violating, semihard: violating - hard, hard } };
  }
}
