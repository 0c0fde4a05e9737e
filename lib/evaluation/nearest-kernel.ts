/** Euclidean neighbours by a kernel of our own, on the CPU. */

import type { Distance } from '../distances/distance.ts';
import { isEuclidean, type LpDistance } from '../distances/lp-distance.ts';
import { areFinite } from '../embeddings.ts';
import { vectorNorm } from '../generated/linalg.ts';
import { overloadFunction } from '../operator.ts';
import type { Tensor } from '../tensor.ts';
import type { Nearest } from './nearest-merge.ts';

type Kernel = (queries: Tensor, references: Tensor, norms: Tensor, k: number, self: number) => [Tensor, Tensor];

let kernel: Kernel | undefined;

/**
 * Matrix products of float32 rule out what cannot be among the nearest, by a bound that the norms give; what is left is
 * evaluated in float64 (binding/kernels/nearest.cc).
 */
export class NearestKernel {
  readonly #distance: LpDistance;
  readonly #reference: Tensor;
  readonly #norms: Tensor;
  readonly #count: number;

  private constructor(distance: LpDistance, reference: Tensor, count: number) {
    this.#distance = distance;
    this.#reference = distance.compared(reference).contiguous();
    this.#norms = vectorNorm(this.#reference, 2, [1], false, { dtype: 'float64' }).square().float();
    this.#count = count;
  }

  /** Null where it cannot be asked, or where so many neighbours are that sorting all is as well. */
  static for(distance: Distance, query: Tensor, reference: Tensor, count: number): NearestKernel | null {
    if (!isEuclidean(distance)) return null;
    if (reference.device !== 'cpu' || reference.dtype !== 'float32' || query.dtype !== 'float32') return null;
    if (count === 0 || count * 4 > (reference.shape[0] as number)) return null;
    if (!areFinite(reference) || (query !== reference && !areFinite(query))) return null;
    return new NearestKernel(distance, reference, count);
  }

  /** The nearest of each row of a block of queries, in the distance's unit. @param self the reference that is its first row. */
  nearest(block: Tensor, self: number | null): Nearest {
    kernel ??= overloadFunction('hinge', 'nearest', '') as Kernel;
    const queries = this.#distance.compared(block);
    const [values, indices] = kernel(queries, this.#reference, this.#norms, this.#count, self ?? -1);
    const { power } = this.#distance;
    return { values: power === 1 ? values : values.pow(power), indices };
  }
}
