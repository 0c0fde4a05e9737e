import { vectorNorm } from '../generated/linalg.ts';
import type { Tensor } from '../tensor.ts';

/** Rows divided by their p-norm, or by 1e-12 where that is larger (`torch.nn.functional.normalize`). */
export function normalizeRows(embeddings: Tensor, p: number): Tensor {
  return embeddings.div(vectorNorm(embeddings, p, [-1], true).clampMin(1e-12));
}
