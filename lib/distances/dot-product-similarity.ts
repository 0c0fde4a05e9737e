import { widened } from '../embeddings.ts';
import { describeValue } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { normalizeRows } from './normalize.ts';
import { Similarity } from './similarity.ts';

export interface DotProductSimilarityOptions {
  /** The p of the norm that embeddings are divided by, `> 0`; 2 by default. */
  p?: number;
  /** Whether embeddings are divided by their p-norm first; true by default. */
  normalizeEmbeddings?: boolean;
}

/**
 * `s(x, y) = x . y` (pytorch-metric-learning's `DotProductSimilarity`): the cosine by default, since embeddings are
 * normalised. Half precision is computed in float32.
 *
 * @throws RangeError if `p` is not positive.
 * @example
 * new torch.distances.DotProductSimilarity({ normalizeEmbeddings: false }).matrix(x); // x.matmul(x.T)
 */
export class DotProductSimilarity extends Similarity {
  readonly p: number;
  readonly normalizeEmbeddings: boolean;

  constructor({ p = 2, normalizeEmbeddings = true }: DotProductSimilarityOptions = {}) {
    super();
    if (!(p > 0)) throw new RangeError(`${new.target.name}: p must be a positive number, got ${describeValue(p)}`);
    this.p = p;
    this.normalizeEmbeddings = normalizeEmbeddings;
  }

  override matrix(query: Tensor, reference: Tensor = query): Tensor {
    const rows = this.#prepare(query);
    return rows.matmul((reference === query ? rows : this.#prepare(reference)).T);
  }

  override pairwise(query: Tensor, reference: Tensor): Tensor {
    return this.#prepare(query).mul(this.#prepare(reference)).sum(-1);
  }

  #prepare(embeddings: Tensor): Tensor {
    const wide = widened(embeddings);
    return this.normalizeEmbeddings ? normalizeRows(wide, this.p) : wide;
  }
}
