import { cdist } from '../generated/torch.ts';
import { overloadFunction } from '../operator.ts';
import type { Tensor } from '../tensor.ts';

const withoutMatrixProduct = 2;

let kernel: ((x: Tensor, y: Tensor) => Tensor) | undefined;

/**
 * The Euclidean distance of every row of x `[N, D]` to every row of y `[M, D]`: `[N, M]`; with more dimensions before, as
 * `cdist`. Equal rows are exactly 0 apart,
 * with gradient 0, in batches of any size: `cdist` by itself multiplies matrices above 25 rows and is then off by up to 1e-3
 * near zero. It can be differentiated twice.
 */
export function euclideanDistances(x: Tensor, y: Tensor): Tensor {
  if (x.dim() > 2) return cdist(x, y, 2, withoutMatrixProduct);
  kernel ??= overloadFunction('hinge', 'euclidean_distances', '') as (x: Tensor, y: Tensor) => Tensor;
  return kernel(x, y);
}
