import { expectOneOf } from '../arguments.ts';
import { type Pairs, toPairs } from '../pairs.ts';
import { batchEasyHard, type MiningStrategy } from '../selection/batch-easy-hard.ts';
import { ascendingRange } from './ascending-range.ts';
import { BlockMiner, type BlockMinerOptions } from './block-miner.ts';
import type { MinerBatch } from './miner.ts';
import { canSelectPairs, selectTriplets } from './select-pairs.ts';

export interface BatchEasyHardMinerOptions extends BlockMinerOptions {
  /** `'easy'` by default. */
  posStrategy?: MiningStrategy;
  /** `'semihard'` by default. */
  negStrategy?: MiningStrategy;
  /** The distances, or similarities, that a positive may have, both ends included; any by default. */
  allowedPosRange?: readonly [low: number, high: number] | null;
  /** The same of negatives. */
  allowedNegRange?: readonly [low: number, high: number] | null;
}

const strategies: readonly MiningStrategy[] = ['easy', 'semihard', 'hard', 'all'];

/**
 * Picks one positive and one negative of each anchor (pytorch-metric-learning's `BatchEasyHardMiner`; Xuan et al. 2020,
 * "Improved Embeddings with Easy Positive Triplet Mining"):
 *
 * | strategy | positive | negative |
 * |---|---|---|
 * | `easy` | the nearest | the farthest |
 * | `hard` | the farthest | the nearest |
 * | `semihard` | the farthest nearer than the chosen negative | the nearest farther than the chosen positive |
 * | `all` | each | each |
 *
 * Without `all`, an anchor that lacks one of the two is left out. Ranges do not apply to `all`.
 *
 * @returns pairs: with single ones, the positive and the negative of an anchor at the same position.
 * @throws RangeError for other strategies, for `semihard` on both sides, and for `semihard` beside `all`.
 * @example
 * const miner = new torch.miners.BatchEasyHardMiner({ posStrategy: 'easy', negStrategy: 'semihard' });
 * lossFn(embeddings, labels, { tuples: miner(embeddings, labels) });
 */
export class BatchEasyHardMiner extends BlockMiner<Pairs> {
  readonly posStrategy: MiningStrategy;
  readonly negStrategy: MiningStrategy;
  readonly allowedPosRange: readonly [number, number] | null;
  readonly allowedNegRange: readonly [number, number] | null;

  constructor(options: BatchEasyHardMinerOptions = {}) {
    super(options);
    const { posStrategy = 'easy', negStrategy = 'semihard', allowedPosRange = null, allowedNegRange = null } = options;
    const where = 'BatchEasyHardMiner';
    expectOneOf(`${where}: posStrategy`, posStrategy, strategies);
    expectOneOf(`${where}: negStrategy`, negStrategy, strategies);
    if (posStrategy === 'semihard' && (negStrategy === 'semihard' || negStrategy === 'all')) {
      throw new RangeError(
        `${where}: negStrategy must be 'easy' or 'hard' beside posStrategy 'semihard', got '${negStrategy}'`,
      );
    }
    if (posStrategy === 'all' && negStrategy === 'semihard') {
      throw new RangeError(`${where}: posStrategy must be 'easy' or 'hard' beside negStrategy 'semihard', got 'all'`);
    }
    ascendingRange(`${where}: allowedPosRange`, allowedPosRange, this.distance);
    ascendingRange(`${where}: allowedNegRange`, allowedNegRange, this.distance);
    this.posStrategy = posStrategy;
    this.negStrategy = negStrategy;
    this.allowedPosRange = allowedPosRange;
    this.allowedNegRange = allowedNegRange;
  }

  protected override mine(batch: MinerBatch): Pairs {
    const { posStrategy, negStrategy, distance } = this;
    const anywhere = this.allowedPosRange === null && this.allowedNegRange === null && this.unfiltered;
    if (anywhere && posStrategy !== 'all' && negStrategy !== 'all' && canSelectPairs(batch, distance)) {
      return toPairs(selectTriplets(batch, distance, posStrategy, negStrategy));
    }
    const posRange = ascendingRange('allowedPosRange', this.allowedPosRange, distance);
    const negRange = ascendingRange('allowedNegRange', this.allowedNegRange, distance);
    const rule = { posStrategy, negStrategy, posRange, negRange };
    return this.pairs(batch, ({ distances, related }) => batchEasyHard(distances, related, rule));
  }
}
