/** Margins by how many examples a class has. */

import { describeValue } from '../errors.ts';

export interface ClassFrequencyMarginsOptions {
  /** The largest margin, that of the rarest class; 0.5 by default. */
  max?: number;
  /** The power of the count that margins are inverse to; 1/4 by default, which LDAM derives. */
  power?: number;
}

/**
 * Margins `m_j = max (n_min / n_j)^power`: the fewer examples a class has, the larger (Cao et al. 2019). In the unit of
 * `max`: for `ArcFaceLoss`, degrees.
 *
 * @param counts how many examples each class has, each above 0.
 * @throws RangeError for a count that is not above 0.
 * @example
 * const margins = torch.losses.classFrequencyMargins([5000, 500, 50], { max: 28.6 });
 * new torch.losses.ArcFaceLoss({ numClasses: 3, embeddingSize: 32, margins });
 */
export function classFrequencyMargins(
  counts: readonly number[],
  { max = 0.5, power = 0.25 }: ClassFrequencyMarginsOptions = {},
): number[] {
  if (!Array.isArray(counts)) {
    throw new TypeError(`classFrequencyMargins: counts must be an array of numbers, got ${describeValue(counts)}`);
  }
  let fewest = Number.POSITIVE_INFINITY;
  for (const count of counts as readonly number[]) {
    if (!(count > 0))
      throw new RangeError(`classFrequencyMargins: counts must be above 0, got ${describeValue(count)}`);
    fewest = Math.min(fewest, count);
  }
  return (counts as readonly number[]).map((count) => max * (fewest / count) ** power);
}
