/** Sparse gradients: values at rows of a tensor, as `Embedding` with `sparse` gives them. */

import { sparseCooTensor } from '../generated/torch.ts';
import { overloadFunction } from '../operator.ts';
import type { Tensor } from '../tensor.ts';

const indicesOf = overloadFunction('aten', '_indices', '') as (sparse: Tensor) => Tensor;

/** The values of a sparse tensor, sharing its memory. */
export const valuesOf = overloadFunction('aten', '_values', '') as (sparse: Tensor) => Tensor;

/** The rows that values belong to, of a tensor that is sparse in its first dimension alone. */
export function rowsOf(sparse: Tensor): Tensor {
  return indicesOf(sparse).squeeze(0);
}

/** Other values at the same places. */
export function withValues(sparse: Tensor, values: Tensor): Tensor {
  return sparseCooTensor(indicesOf(sparse), values, sparse.shape);
}
