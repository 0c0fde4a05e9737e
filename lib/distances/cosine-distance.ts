import type { Tensor } from '../tensor.ts';
import { CosineSimilarity } from './cosine-similarity.ts';
import { Distance } from './distance.ts';

const similarity = new CosineSimilarity();

/**
 * `d(x, y) = 1 - x . y / (||x|| ||y||)`, in [0, 2] (sentence-transformers' `cosine_distance`): for what squares
 * distances, or compares them with a margin from 0 on, where a similarity has no meaning. A row of zeros is 1 from
 * every other.
 *
 * @example
 * new torch.losses.OnlineContrastiveLoss({ distance: new torch.distances.CosineDistance() });
 */
export class CosineDistance extends Distance {
  override matrix(query: Tensor, reference: Tensor = query): Tensor {
    return similarity.matrix(query, reference).neg().add(1);
  }

  override pairwise(query: Tensor, reference: Tensor): Tensor {
    return similarity.pairwise(query, reference).neg().add(1);
  }
}
