import { expectNumber, expectOneOf } from '../arguments.ts';
import type { Distance } from '../distances/distance.ts';
import {
  type MinedTriplets,
  marginTriplets,
  type TypeOfTriplets,
  typesOfTriplets,
} from '../selection/margin-triplets.ts';
import { Miner, type MinerBatch } from './miner.ts';

export interface TripletMarginMinerOptions {
  /** By how much a negative must be farther than the positive, in the distance's unit; 0.2 by default. */
  margin?: number;
  /** `'all'` by default. */
  typeOfTriplets?: TypeOfTriplets;
  /** Euclidean between normalised embeddings by default. */
  distance?: Distance;
}

/**
 * Picks triplets of a batch by `g = d(a, n) - d(a, p)`: easy `g > margin`, semi-hard `0 < g <= margin`, hard `g <= 0`
 * (pytorch-metric-learning's `TripletMarginMiner`). A triplet whose distances are NaN counts as hard, so that it shows.
 *
 * @returns the triplets, ordered by anchor, positive, negative, and the counts of all types.
 * @throws DTypeError, ShapeError for labels that are not int64 `[N]`.
 * @example
 * const miner = new torch.miners.TripletMarginMiner({ margin: 0.2 });
 * const triplets = miner(embeddings, labels);
 * const violating = (triplets.counts.semihard + triplets.counts.hard) / triplets.counts.total;
 */
export class TripletMarginMiner extends Miner<MinedTriplets> {
  readonly margin: number;
  readonly typeOfTriplets: TypeOfTriplets;

  constructor({ margin = 0.2, typeOfTriplets = 'all', distance }: TripletMarginMinerOptions = {}) {
    super(distance);
    expectNumber('TripletMarginMiner: margin', margin);
    expectOneOf('TripletMarginMiner: typeOfTriplets', typeOfTriplets, typesOfTriplets);
    this.margin = margin;
    this.typeOfTriplets = typeOfTriplets;
  }

  protected override mine({ embeddings, reference, relation }: MinerBatch): MinedTriplets {
    const { distance, margin, typeOfTriplets } = this;
    const distances = distance.ascending(distance.matrix(embeddings, reference));
    return marginTriplets(distances, relation.block(), margin, typeOfTriplets);
  }
}
