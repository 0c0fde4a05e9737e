/** One candidate of each row: the nearest or the farthest. */

import type { Tensor } from '../tensor.ts';

/** What was chosen for each of `R` rows. */
export interface Choice {
  /** int64 `[R]`: columns, of meaning only where one was found. */
  readonly indices: Tensor;
  /** `[R]`: their distances. */
  readonly distances: Tensor;
  /** bool `[R]` */
  readonly found: Tensor;
}

/** The nearest of the candidates, bool `[R, M]`, by distances `[R, M]`; NaN counts as nearest. */
export function nearestOf(distances: Tensor, candidates: Tensor): Choice {
  const masked = distances.maskedFill(candidates.logicalNot(), Number.POSITIVE_INFINITY);
  const [nearest, indices] = masked.min(1);
  return { indices, distances: nearest, found: candidates.gather(1, indices.unsqueeze(1)).squeeze(1) };
}

/** The farthest of the candidates; NaN counts as farthest. */
export function farthestOf(distances: Tensor, candidates: Tensor): Choice {
  const masked = distances.maskedFill(candidates.logicalNot(), Number.NEGATIVE_INFINITY);
  const [farthest, indices] = masked.max(1);
  return { indices, distances: farthest, found: candidates.gather(1, indices.unsqueeze(1)).squeeze(1) };
}
