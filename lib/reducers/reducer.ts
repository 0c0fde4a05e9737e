/** From unreduced losses to the one number that `backward` starts from. */

import type { Tensor } from '../tensor.ts';
import type { Triplets } from '../triplets.ts';

/** Losses before reduction, with what each belongs to: a triplet's `values` are `[T]`, as its indices. */
export type UnreducedLoss = { readonly kind: 'triplet'; readonly values: Tensor; readonly indices: Triplets };

/** Makes a scalar of unreduced losses. */
export abstract class Reducer {
  /**
   * What a sum over all losses is divided by, where their count and that of those greater than 0 decide it alone: a loss
   * may then be summed without listing what it is of.
   */
  divisor?(total: number, nonZero: number): number;

  abstract reduce(losses: UnreducedLoss): Tensor;
}
