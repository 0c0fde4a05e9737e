import { expectNumber } from '../arguments.ts';
import { CosineSimilarity } from '../distances/cosine-similarity.ts';
import { type Pairs, pairsWhere } from '../pairs.ts';
import { BlockMiner, type BlockMinerOptions } from './block-miner.ts';
import type { MinerBatch } from './miner.ts';

export interface MultiSimilarityMinerOptions extends BlockMinerOptions {
  /** In the distance's unit; 0.1 by default. Cosine similarity is the default distance. */
  epsilon?: number;
}

/**
 * Picks a positive that is less similar than the most similar negative plus epsilon, `s(a, p) - ε < max_n s(a, n)`, and
 * a negative that is more similar than the least similar positive less epsilon, `s(a, n) + ε > min_p s(a, p)`
 * (pytorch-metric-learning's `MultiSimilarityMiner`; Wang et al. 2019, "Multi-Similarity Loss"); of distances, the same
 * with the order turned. An anchor without positives or without negatives has no pairs.
 *
 * @returns the pairs, ordered by anchor.
 * @example
 * const pairs = new torch.miners.MultiSimilarityMiner({ epsilon: 0.1 })(embeddings, labels);
 */
export class MultiSimilarityMiner extends BlockMiner<Pairs> {
  readonly epsilon: number;

  constructor(options: MultiSimilarityMinerOptions = {}) {
    super(options, () => new CosineSimilarity());
    const { epsilon = 0.1 } = options;
    expectNumber('MultiSimilarityMiner: epsilon', epsilon);
    this.epsilon = epsilon;
  }

  protected override mine(batch: MinerBatch): Pairs {
    return this.pairs(batch, ({ distances, related }) => {
      const { positives, negatives } = related;
      const [near, far] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      const nearest = distances.maskedFill(negatives.logicalNot(), near).amin(1, { keepdim: true });
      const farthest = distances.maskedFill(positives.logicalNot(), far).amax(1, { keepdim: true });
      const able = positives.any(1, { keepdim: true }).logicalAnd_(negatives.any(1, { keepdim: true }));
      // Written with `not`, so that NaN is kept and shows.
      return pairsWhere({
        positives: distances.add(this.epsilon).le(nearest).logicalNot_().logicalAnd_(positives).logicalAnd_(able),
        negatives: distances.sub(this.epsilon).ge(farthest).logicalNot_().logicalAnd_(negatives).logicalAnd_(able),
      });
    });
  }
}
