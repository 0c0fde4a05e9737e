/** From unreduced losses to the one number that `backward` starts from. */

import type { Tensor } from '../tensor.ts';
import type { Triplets } from '../triplets.ts';

/** Which pairs losses belong to: rows of the batch, and their candidates. */
export interface PairIndices {
  /** int64 `[P]` */
  readonly anchor: Tensor;
  /** int64 `[P]` */
  readonly other: Tensor;
}

/**
 * Losses before reduction, with what each belongs to: of rows `[E]`, of pairs `[P]`, of triplets `[T]`, or one number that
 * no reducer changes. `name` tells the parts of one loss apart, such as `positive` and `negative`.
 */
export type UnreducedLoss = { readonly name?: string; readonly values: Tensor } & (
  | { readonly kind: 'element'; readonly indices: Tensor; readonly divisor?: Tensor | number }
  | { readonly kind: 'pair'; readonly indices: PairIndices; readonly divisor?: Tensor | number }
  | { readonly kind: 'triplet'; readonly indices: Triplets; readonly divisor?: Tensor | number }
  | { readonly kind: 'reduced' }
);

/** What losses are of. */
export interface ReducedBatch {
  /** `[N, D]` */
  readonly embeddings: Tensor;
  /** Class ids int64 `[N]`; undefined where rows are related in another way. */
  readonly classes: Tensor | undefined;
}

/** The row of the batch that each loss belongs to: the element, or the anchor of the pair or triplet. */
export function anchorsOf(loss: Exclude<UnreducedLoss, { kind: 'reduced' }>): Tensor {
  return loss.kind === 'element' ? loss.indices : loss.indices.anchor;
}

/** Makes a scalar of unreduced losses. */
export abstract class Reducer {
  /**
   * What a sum over all losses is divided by, where their count and that of those greater than 0 decide it alone: a loss
   * may then be summed without listing what it is of.
   */
  divisor?(total: number, nonZero: number): number;

  /** Whether losses of 0 are left out, and with them the gradient that they may have at a kink. */
  get dropsZeros(): boolean {
    return false;
  }

  /** One part of a loss as a scalar, 0 with gradient 0 where there is nothing in it. */
  abstract reduce(loss: UnreducedLoss, batch?: ReducedBatch): Tensor;
}
