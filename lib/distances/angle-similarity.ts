import { widened } from '../embeddings.ts';
import { cat } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { normalizeRows } from './normalize.ts';
import { Similarity } from './similarity.ts';

/**
 * `s(x, y) = |cos(x, y) + sin(x, y)|` for rows that are read as D / 2 complex numbers, real parts first: the absolute
 * sum of real and imaginary part of their inner product, both normalised (sentence-transformers' `pairwise_angle_sim`;
 * Li and Li, AnglE-optimized Text Embeddings, 2023). In [0, sqrt 2]: a row may be nearer to others than to itself,
 * where it is 1. With an odd D the last imaginary part is 0.
 */
export class AngleSimilarity extends Similarity {
  override matrix(query: Tensor, reference: Tensor = query): Tensor {
    const rows = normalizeRows(widened(query), 2);
    const columns = reference === query ? rows : normalizeRows(widened(reference), 2);
    return rows.matmul(columns.add(turned(columns)).T).abs();
  }

  override pairwise(query: Tensor, reference: Tensor): Tensor {
    const [rows, others] = [normalizeRows(widened(query), 2), normalizeRows(widened(reference), 2)];
    return rows
      .mul(others.add(turned(others)))
      .sum(-1)
      .abs();
  }
}

/** Rows y as those whose inner product with x is `sum of x_im y_re - x_re y_im`: -y_im first, then y_re. */
function turned(rows: Tensor): Tensor {
  const size = rows.shape[1] as number;
  const half = Math.ceil(size / 2);
  const [real, imaginary] = [rows.narrow(1, 0, half), rows.narrow(1, half, size - half)];
  if (size % 2 === 0) return cat([imaginary.neg(), real], 1);
  // Of the padded half: its imaginary part is 0, and what would stand in the padded place meets a 0.
  return cat([imaginary.neg(), rows.narrow(1, 0, 1).mul(0), real.narrow(1, 0, size - half)], 1);
}
