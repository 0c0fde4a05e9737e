/** From unreduced losses to the one number that `backward` starts from. */

import type { Tensor } from '../tensor.ts';
import type { Triplets } from '../triplets.ts';

/** Losses before reduction, with what each belongs to: a triplet's `values` are `[T]`, as its indices. */
export type UnreducedLoss = { readonly kind: 'triplet'; readonly values: Tensor; readonly indices: Triplets };

/** Makes a scalar of unreduced losses. */
export abstract class Reducer {
  abstract reduce(losses: UnreducedLoss): Tensor;
}
