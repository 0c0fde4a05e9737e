import { expectInteger, expectNumber } from '../arguments.ts';
import { full } from '../creation.ts';
import { where } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import type { Triplets } from '../triplets.ts';
import { BlockMiner, type BlockMinerOptions } from './block-miner.ts';
import { drawTriplets } from './drawn-triplets.ts';
import { expectEuclidean } from './euclidean.ts';
import type { MinerBatch } from './miner.ts';

export interface DistanceWeightedMinerOptions extends BlockMinerOptions {
  /** Distances below it weigh as much as it does; 0.5 by default. */
  cutoff?: number;
  /** Negatives from this distance on are never drawn; 1.4 by default. */
  nonzeroLossCutoff?: number;
  /** How many triplets of each anchor; by default as many as its class has rows, itself included. */
  tripletsPerAnchor?: number | null;
}

/**
 * What each negative weighs, rows of `[R, M]` adding up to 1, or 0 where none may be drawn:
 * `1 / q(max(d, cutoff))` with `q(d) ∝ d^(D-2) (1 - d²/4)^((D-3)/2)`, the density of distances between points spread
 * evenly over the unit sphere in D dimensions.
 */
export function inverseDensities(
  distances: Tensor,
  negatives: Tensor,
  dimensions: number,
  cutoff: number,
  nonzeroLossCutoff: number,
): Tensor {
  const d = distances.clampMin(cutoff);
  const inner = d.square().mul(-0.25).add(1);
  const possible = negatives.logicalAnd(d.lt(nonzeroLossCutoff)).logicalAnd_(inner.gt(0));
  const logs = d
    .log()
    .mul(2 - dimensions)
    .sub(
      inner
        .clampMin(1e-30)
        .log()
        .mul((dimensions - 3) / 2),
    );
  const masked = logs.maskedFill(possible.logicalNot(), Number.NEGATIVE_INFINITY);
  // Each row by its own largest: with one for the whole batch, as elsewhere, rows vanish in many dimensions.
  return where(possible, masked, Number.NEGATIVE_INFINITY).softmax(1).nanToNum(0);
}

/**
 * Draws negatives spread evenly over the distances, rather than as they occur, which is mostly far away
 * (pytorch-metric-learning's `DistanceWeightedMiner`; Wu et al. 2017, "Sampling Matters in Deep Embedding Learning"):
 * a negative at distance d with probability in proportion to `1 / q(d)`, a positive uniformly.
 *
 * @returns triplets ordered by anchor; none of an anchor whose negatives are all at `nonzeroLossCutoff` or beyond.
 * @throws TypeError for another distance than the Euclidean one of normalised embeddings, which the density is of.
 * @example
 * const triplets = new torch.miners.DistanceWeightedMiner({ cutoff: 0.5 })(embeddings, labels);
 */
export class DistanceWeightedMiner extends BlockMiner<Triplets> {
  readonly cutoff: number;
  readonly nonzeroLossCutoff: number;
  readonly tripletsPerAnchor: number | null;

  constructor(options: DistanceWeightedMinerOptions = {}) {
    super(options);
    const { cutoff = 0.5, nonzeroLossCutoff = 1.4, tripletsPerAnchor = null } = options;
    expectEuclidean('DistanceWeightedMiner', this.distance, true);
    expectNumber('DistanceWeightedMiner: cutoff', cutoff);
    expectNumber('DistanceWeightedMiner: nonzeroLossCutoff', nonzeroLossCutoff);
    if (!(cutoff > 0)) throw new RangeError(`DistanceWeightedMiner: cutoff must be positive, got ${cutoff}`);
    if (tripletsPerAnchor !== null) expectInteger('DistanceWeightedMiner: tripletsPerAnchor', tripletsPerAnchor);
    this.cutoff = cutoff;
    this.nonzeroLossCutoff = nonzeroLossCutoff;
    this.tripletsPerAnchor = tripletsPerAnchor;
  }

  protected override mine(batch: MinerBatch): Triplets {
    const { cutoff, nonzeroLossCutoff, tripletsPerAnchor } = this;
    const dimensions = batch.embeddings.shape[1] as number;
    const itself = batch.relation.self === null ? 0 : 1;
    return this.triplets(batch, ({ distances, related }) => {
      const { positives, negatives } = related;
      const weights = inverseDensities(distances, negatives, dimensions, cutoff, nonzeroLossCutoff);
      const perAnchor =
        tripletsPerAnchor === null
          ? positives.sum(1).add(itself)
          : full([positives.shape[0] as number], BigInt(tripletsPerAnchor), { device: positives.device });
      return drawTriplets(related, perAnchor, weights);
    });
  }
}
