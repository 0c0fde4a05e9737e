import { describeValue } from '../errors.ts';
import type { Pairs, Tuples } from '../pairs.ts';
import { expectTuples, pairsWhere, toPairs } from '../pairs.ts';
import { largestOf } from '../selection/hardest-first.ts';
import type { Tensor } from '../tensor.ts';
import { BlockMiner, type BlockMinerOptions } from './block-miner.ts';
import type { MinerBatch } from './miner.ts';
import { pickPairs } from './tuple-blocks.ts';

export interface HDCMinerOptions extends BlockMinerOptions {
  /** Which share of the pairs is kept, above 0 and up to 1; 0.5 by default. */
  filterPercentage?: number;
}

/** The positions of the hardest share, in order. */
function hardestShare(hardness: Tensor, share: number): Tensor {
  const largest = largestOf(hardness);
  const count = Math.ceil(share * hardness.numel());
  const { indices } = hardness.nanToNum(largest, largest, -largest).topk(count, 0, true, false);
  return indices.sort()[0] as Tensor;
}

/**
 * Picks the hardest share of the positive pairs of the whole batch, and the hardest share of the negative pairs: the
 * farthest `ceil(share * P)` and the nearest `ceil(share * Q)` (pytorch-metric-learning's `HDCMiner`; Yuan et al. 2017,
 * "Hard-Aware Deeply Cascaded Embedding"). For a cascade, `among` picks from the pairs that an earlier stage has left.
 *
 * @returns the pairs, ordered by anchor.
 * @throws RangeError for a share that is none.
 * @example
 * const miner = new torch.miners.HDCMiner({ filterPercentage: 0.2 });
 * const first = miner(embeddings, labels);
 * const second = miner.among(first)(deeperEmbeddings, labels);
 */
export class HDCMiner extends BlockMiner<Pairs> {
  readonly filterPercentage: number;
  readonly #tuples: Tuples | undefined;
  readonly #options: HDCMinerOptions;

  constructor(options: HDCMinerOptions = {}, among?: Tuples) {
    super(options);
    const { filterPercentage = 0.5 } = options;
    if (!(filterPercentage > 0 && filterPercentage <= 1)) {
      const got = describeValue(filterPercentage);
      throw new RangeError(`HDCMiner: filterPercentage must be above 0 and at most 1, got ${got}`);
    }
    this.filterPercentage = filterPercentage;
    this.#options = options;
    this.#tuples = among;
  }

  /** The same miner, which picks from these pairs instead of all (PML's `set_idx_externally`). */
  among(tuples: Tuples): HDCMiner {
    expectTuples('HDCMiner.among', tuples);
    return new HDCMiner(this.#options, tuples);
  }

  protected override mine(batch: MinerBatch): Pairs {
    const { pairs, positives, negatives } = this.measuredPairs(batch, ({ begin, distances, related }) =>
      this.#within(pairsWhere(related), begin, distances.shape[0] as number),
    );
    const share = this.filterPercentage;
    return pickPairs(pairs, hardestShare(positives, share), hardestShare(negatives.neg(), share));
  }

  /** Pairs of a block of rows from `begin`: the earlier stage's, where there is one. */
  #within(all: Pairs, begin: number, length: number): Pairs {
    if (this.#tuples === undefined) return all;
    const given = toPairs(this.#tuples);
    const inside = (anchor: Tensor) => anchor.ge(begin).logicalAnd(anchor.lt(begin + length));
    const [p, n] = [inside(given.positiveAnchor), inside(given.negativeAnchor)];
    return {
      positiveAnchor: given.positiveAnchor.index([p]).sub(begin),
      positive: given.positive.index([p]),
      negativeAnchor: given.negativeAnchor.index([n]).sub(begin),
      negative: given.negative.index([n]),
    };
  }
}
