import { DotProductSimilarity } from './dot-product-similarity.ts';

/** `s(x, y) = x . y / (||x|| ||y||)` (pytorch-metric-learning's `CosineSimilarity`); a row of zeros has similarity 0. */
export class CosineSimilarity extends DotProductSimilarity {
  constructor() {
    super({ normalizeEmbeddings: true });
  }
}
