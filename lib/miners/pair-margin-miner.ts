import { expectNumber } from '../arguments.ts';
import { tensor } from '../creation.ts';
import { type Pairs, pairsWhere } from '../pairs.ts';
import { scope } from '../scope.ts';
import { BlockMiner, type BlockMinerOptions } from './block-miner.ts';
import type { MinerBatch } from './miner.ts';

export interface PairMarginMinerOptions extends BlockMinerOptions {
  /** A distance, or similarity; 0.2 by default. */
  posMargin?: number;
  /** A distance, or similarity; 0.8 by default. */
  negMargin?: number;
}

/**
 * Picks positives that are farther than one limit, `d(a, p) > posMargin`, and negatives that are nearer than another,
 * `d(a, n) < negMargin` (pytorch-metric-learning's `PairMarginMiner`); of similarities, less similar and more similar.
 *
 * @returns the pairs, ordered by anchor.
 * @example
 * const distance = new torch.distances.CosineSimilarity();
 * const pairs = new torch.miners.PairMarginMiner({ posMargin: 0.9, negMargin: 0.3, distance })(embeddings, labels);
 */
export class PairMarginMiner extends BlockMiner<Pairs> {
  readonly posMargin: number;
  readonly negMargin: number;

  constructor(options: PairMarginMinerOptions = {}) {
    super(options);
    const { posMargin = 0.2, negMargin = 0.8 } = options;
    expectNumber('PairMarginMiner: posMargin', posMargin);
    expectNumber('PairMarginMiner: negMargin', negMargin);
    this.posMargin = posMargin;
    this.negMargin = negMargin;
  }

  protected override mine(batch: MinerBatch): Pairs {
    const { distance, posMargin, negMargin } = this;
    const limits = tensor([posMargin, negMargin], { dtype: 'float64' });
    const [positive, negative] = scope(() => distance.ascending(limits).tolist()) as [number, number];
    return this.pairs(batch, ({ distances, related: { positives, negatives } }) =>
      // Written with `not`, so that NaN is kept and shows.
      pairsWhere({
        positives: distances.le(positive).logicalNot_().logicalAnd_(positives),
        negatives: distances.ge(negative).logicalNot_().logicalAnd_(negatives),
      }),
    );
  }
}
