import type { LpDistance } from '../distances/lp-distance.ts';
import type { RelationBlock } from '../relation.ts';
import { hardestFirst, type Ranked } from '../selection/hardest-first.ts';
import type { Tensor } from '../tensor.ts';
import type { Triplets } from '../triplets.ts';
import { BlockMiner, type BlockMinerOptions } from './block-miner.ts';
import type { MinerBatch } from './miner.ts';
import { expectRanks, type RankRange } from './rank-range.ts';
import { canSelectPairs, selectPairs } from './select-pairs.ts';

export interface NHardMinerOptions extends BlockMinerOptions {
  /** How many of each anchor's farthest positives, or a range of ranks; 1 by default. */
  positives?: number | RankRange;
  /** How many of each anchor's nearest negatives, or a range of ranks; 1 by default. */
  negatives?: number | RankRange;
}

function ranked(hardness: Tensor, candidates: Tensor, [first, last]: RankRange): Ranked {
  // No more than some row has, because each rank of one side meets each of the other.
  const most = candidates.sum(1).max().item() as number;
  const { indices, found } = hardestFirst(hardness, candidates, Math.min(last, most));
  const begin = Math.min(first - 1, indices.shape[1] as number);
  const length = (indices.shape[1] as number) - begin;
  return { indices: indices.narrow(1, begin, length), found: found.narrow(1, begin, length) };
}

/** For each row of distances `[R, M]`, each positive of these ranks with each negative of those. */
function nHardTriplets(
  distances: Tensor,
  { positives, negatives }: RelationBlock,
  positiveRanks: RankRange,
  negativeRanks: RankRange,
): Triplets {
  const p = ranked(distances, positives, positiveRanks);
  const n = ranked(distances.neg(), negatives, negativeRanks);
  return combined(p.indices, p.found, n.indices, n.found);
}

/** Each positive of a row with each of its negatives. */
function combined(positive: Tensor, hasPositive: Tensor, negative: Tensor, hasNegative: Tensor): Triplets {
  const both = hasPositive.unsqueeze(2).logicalAnd(hasNegative.unsqueeze(1));
  const [anchor, i, j] = both.nonzero().unbind(1) as [Tensor, Tensor, Tensor];
  return { anchor, positive: positive.index([anchor, i]), negative: negative.index([anchor, j]) };
}

/**
 * Picks for each anchor its n farthest positives with its n nearest negatives (open-metric-learning's
 * `NHardTripletsMiner`). A range of ranks skips the hardest, among which wrong labels gather late in training.
 *
 * @returns each of the positives with each of the negatives, ordered by anchor, then the hardest first.
 * @throws RangeError for ranges that are none.
 * @example
 * const miner = new torch.miners.NHardMiner({ positives: [2, 4], negatives: 10, relativeMargin: 0.05 });
 */
export class NHardMiner extends BlockMiner<Triplets> {
  readonly positives: RankRange;
  readonly negatives: RankRange;

  constructor(options: NHardMinerOptions = {}) {
    super(options);
    this.positives = expectRanks('NHardMiner: positives', options.positives ?? 1);
    this.negatives = expectRanks('NHardMiner: negatives', options.negatives ?? 1);
  }

  protected override mine(batch: MinerBatch): Triplets {
    if (this.unfiltered && canSelectPairs(batch, this.distance)) return this.#select(batch, this.distance);
    return this.triplets(batch, ({ distances, related }) =>
      nHardTriplets(distances, related, this.positives, this.negatives),
    );
  }

  #select(batch: MinerBatch, distance: LpDistance): Triplets {
    const choice = ([first, last]: RankRange) => {
      const most = Math.min(last, batch.relation.columns);
      return { rule: 'hard', skip: first - 1, count: Math.max(1, most - first + 1) } as const;
    };
    const { positive, negative } = selectPairs(batch, distance, choice(this.positives), choice(this.negatives));
    return combined(positive, positive.ge(0), negative, negative.ge(0));
  }
}
