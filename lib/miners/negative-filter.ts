/** Which negatives are likely to be unlabelled positives, or wrong labels: left out before mining. */

import { expectInteger, expectNumber } from '../arguments.ts';
import type { RelationBlock } from '../relation.ts';
import { hardestFirst } from '../selection/hardest-first.ts';
import type { Tensor } from '../tensor.ts';

/**
 * What makes a negative suspicious. Scores are similarities, or distances with the sign changed, so that large is near;
 * `pos` is the smallest score of an anchor's positives. An anchor without positives keeps its negatives.
 */
export interface NegativeFilterOptions {
  /** Leaves out negatives with `score > pos - margin`: sentence-transformers' `absolute_margin`. None by default. */
  absoluteMargin?: number | null;
  /** Leaves out negatives with `score > pos - |pos| * r`: sentence-transformers' `relative_margin`. None by default. */
  relativeMargin?: number | null;
  /** Leaves out so many of each anchor's hardest negatives, after the margins; 0 by default. */
  trim?: number;
}

/** The options, checked. */
export interface NegativeFilter {
  readonly absoluteMargin: number | null;
  readonly relativeMargin: number | null;
  readonly trim: number;
}

/** @throws TypeError for a margin that is no number, RangeError for a `trim` that is no integer from 0. */
export function negativeFilter(where: string, options: NegativeFilterOptions): NegativeFilter {
  const { absoluteMargin = null, relativeMargin = null, trim = 0 } = options;
  for (const [name, margin] of Object.entries({ absoluteMargin, relativeMargin })) {
    if (margin !== null) expectNumber(`${where}: ${name}`, margin);
  }
  expectInteger(`${where}: trim`, trim, 0);
  return { absoluteMargin, relativeMargin, trim };
}

/** The same relation without suspicious negatives. @param distances `[R, M]`, small being near. */
export function withoutSuspicious(distances: Tensor, related: RelationBlock, filter: NegativeFilter): RelationBlock {
  const { absoluteMargin, relativeMargin, trim } = filter;
  let { negatives } = related;
  if (distances.numel() === 0) return related;
  if (absoluteMargin !== null || relativeMargin !== null) {
    const scores = distances.neg();
    const pos = scores.maskedFill(related.positives.logicalNot(), Number.POSITIVE_INFINITY).amin(1, { keepdim: true });
    // In the order of operations that sentence-transformers has, so that ties fall on the same side.
    if (absoluteMargin !== null) negatives = negatives.logicalAnd(scores.add(absoluteMargin).gt(pos).logicalNot());
    if (relativeMargin !== null) {
      const limit = pos.sub(pos.abs().mul(relativeMargin));
      negatives = negatives.logicalAnd(scores.gt(limit).logicalNot());
    }
  }
  if (trim > 0) {
    const { indices } = hardestFirst(distances.neg(), negatives, trim);
    negatives = negatives.scatter(1, indices, 0);
  }
  return { ...related, negatives };
}
