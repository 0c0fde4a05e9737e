/** Poolings that can give, beside the values, where they were taken from. */

import type { Tensor } from '../../tensor.ts';

/** The values, and with `returnIndices` also where in the input each stood, as flat int64 indices of a plane. */
export type Pooled<R extends boolean> = R extends true ? [values: Tensor, indices: Tensor] : Tensor;

/** Both results, or the values alone where the indices were not asked for. */
export function pooled<R extends boolean>([values, indices]: readonly [Tensor, Tensor], returnIndices: R): Pooled<R> {
  if (returnIndices) return [values, indices] as unknown as Pooled<R>;
  indices.dispose();
  return values as Pooled<R>;
}
