import { batchEasyHard } from '../selection/batch-easy-hard.ts';
import type { Triplets } from '../triplets.ts';
import { ascendingRange } from './ascending-range.ts';
import type { BatchEasyHardMinerOptions } from './batch-easy-hard-miner.ts';
import { BlockMiner } from './block-miner.ts';
import type { MinerBatch } from './miner.ts';
import { canSelectPairs, selectTriplets } from './select-pairs.ts';

export type BatchHardMinerOptions = Omit<BatchEasyHardMinerOptions, 'posStrategy' | 'negStrategy'>;

/**
 * Picks `(a, argmax_p d(a, p), argmin_n d(a, n))` for each anchor with a positive and a negative
 * (pytorch-metric-learning's `BatchHardMiner`; Hermans, Beyer, Leibe 2017, "In Defense of the Triplet Loss").
 *
 * @returns at most one triplet for each anchor, ordered by anchor.
 * @example
 * const triplets = new torch.miners.BatchHardMiner()(embeddings, labels);
 */
export class BatchHardMiner extends BlockMiner<Triplets> {
  readonly allowedPosRange: readonly [number, number] | null;
  readonly allowedNegRange: readonly [number, number] | null;

  constructor(options: BatchHardMinerOptions = {}) {
    super(options);
    const { allowedPosRange = null, allowedNegRange = null } = options;
    ascendingRange('BatchHardMiner: allowedPosRange', allowedPosRange, this.distance);
    ascendingRange('BatchHardMiner: allowedNegRange', allowedNegRange, this.distance);
    this.allowedPosRange = allowedPosRange;
    this.allowedNegRange = allowedNegRange;
  }

  protected override mine(batch: MinerBatch): Triplets {
    const { distance } = this;
    const anywhere = this.allowedPosRange === null && this.allowedNegRange === null && this.unfiltered;
    if (anywhere && canSelectPairs(batch, distance)) return selectTriplets(batch, distance, 'hard', 'hard');
    const posRange = ascendingRange('allowedPosRange', this.allowedPosRange, distance);
    const negRange = ascendingRange('allowedNegRange', this.allowedNegRange, distance);
    const rule = { posStrategy: 'hard', negStrategy: 'hard', posRange, negRange } as const;
    return this.triplets(batch, ({ distances, related }) => {
      const { positiveAnchor: anchor, positive, negative } = batchEasyHard(distances, related, rule);
      return { anchor, positive, negative };
    });
  }
}
