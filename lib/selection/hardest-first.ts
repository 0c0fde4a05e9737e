import type { Tensor } from '../tensor.ts';

/** Candidates of each row by rank. */
export interface Ranked {
  /** int64 `[R, K]`: columns, the hardest first. */
  readonly indices: Tensor;
  /** bool `[R, K]`: false where a row has fewer candidates. */
  readonly found: Tensor;
}

/** The largest finite number of a dtype. */
export function largestOf(values: Tensor): number {
  return values.dtype === 'float64' ? Number.MAX_VALUE : 3.4028234663852886e38;
}

/**
 * The `count` hardest of each row's candidates: those with the largest `hardness` `[R, M]`, which is the distance of
 * positives and the negated distance of negatives. NaN is the hardest, so that it shows. Which of equal ones come first
 * is left open.
 *
 * @param candidates bool `[R, M]`
 */
export function hardestFirst(hardness: Tensor, candidates: Tensor, count: number): Ranked {
  const largest = largestOf(hardness);
  // Finite, so that no candidate is mistaken for one that was masked.
  const ranked = hardness
    .nanToNum(largest, largest, -largest)
    .maskedFill_(candidates.logicalNot(), Number.NEGATIVE_INFINITY);
  const { indices } = ranked.topk(Math.min(count, hardness.shape[1] as number), 1, true, true);
  return { indices, found: candidates.gather(1, indices) };
}
