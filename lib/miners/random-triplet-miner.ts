import { expectInteger } from '../arguments.ts';
import { full } from '../creation.ts';
import type { Triplets } from '../triplets.ts';
import { BlockMiner, type BlockMinerOptions } from './block-miner.ts';
import { drawTriplets } from './drawn-triplets.ts';
import type { MinerBatch } from './miner.ts';

export interface RandomTripletMinerOptions extends BlockMinerOptions {
  /** How many of each anchor; 1 by default. */
  tripletsPerAnchor?: number;
}

/**
 * Draws triplets: for each anchor with a positive and a negative, t positives and t negatives, each uniform and with
 * replacement, from torch's default generator (what pytorch-metric-learning's losses do with `triplets_per_anchor`).
 * The distance matters to the filters of negatives alone.
 *
 * @returns t triplets for each such anchor, ordered by anchor.
 * @example
 * torch.manualSeed(0);
 * const triplets = new torch.miners.RandomTripletMiner({ tripletsPerAnchor: 4 })(embeddings, labels);
 */
export class RandomTripletMiner extends BlockMiner<Triplets> {
  readonly tripletsPerAnchor: number;

  constructor(options: RandomTripletMinerOptions = {}) {
    super(options);
    const { tripletsPerAnchor = 1 } = options;
    expectInteger('RandomTripletMiner: tripletsPerAnchor', tripletsPerAnchor);
    this.tripletsPerAnchor = tripletsPerAnchor;
  }

  protected override mine(batch: MinerBatch): Triplets {
    const { tripletsPerAnchor } = this;
    return this.triplets(batch, ({ related }) => {
      const { positives } = related;
      const counts = full([positives.shape[0] as number], BigInt(tripletsPerAnchor), { device: positives.device });
      return drawTriplets(related, counts);
    });
  }
}
