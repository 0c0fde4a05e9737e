import type { Tensor } from '../tensor.ts';
import { normalizeRows } from './normalize.ts';
import { Similarity } from './similarity.ts';

/** `s(x, y) = x . y / (||x|| ||y||)` (pytorch-metric-learning's `CosineSimilarity`); a row of zeros has similarity 0. */
export class CosineSimilarity extends Similarity {
  override matrix(query: Tensor, reference: Tensor = query): Tensor {
    const rows = normalizeRows(query, 2);
    return rows.matmul((reference === query ? rows : normalizeRows(reference, 2)).T);
  }

  override pairwise(query: Tensor, reference: Tensor): Tensor {
    return normalizeRows(query, 2).mul(normalizeRows(reference, 2)).sum(-1);
  }
}
