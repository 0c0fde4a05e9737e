import { widened } from '../embeddings.ts';
import { describeValue } from '../errors.ts';
import { vectorNorm } from '../generated/linalg.ts';
import { cdist } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { Distance } from './distance.ts';
import { euclideanDistances } from './euclidean-distances.ts';
import { normalizeRows } from './normalize.ts';
import { raised } from './power.ts';

/** @internal Whether kernels may compute a distance: Euclidean, or a power of it. A subclass may measure something else. */
export function isEuclidean(distance: Distance): distance is LpDistance {
  return distance.constructor === LpDistance && (distance as LpDistance).p === 2;
}

export interface LpDistanceOptions {
  /** The norm's p, `> 0`; 2 by default. */
  p?: number;
  /** The exponent of the distance; 1 by default, 2 for squared distances. */
  power?: number;
  /** Whether embeddings are divided by their p-norm first; true by default. */
  normalizeEmbeddings?: boolean;
}

/**
 * `d(x, y) = ||x - y||_p ^ power` (pytorch-metric-learning's `LpDistance`). Equal points have distance 0 and gradient 0.
 * Half precision is computed in float32.
 *
 * @throws RangeError if `p` is not positive.
 * @example
 * new torch.distances.LpDistance({ normalizeEmbeddings: false }).matrix(x); // [N, N]
 */
export class LpDistance extends Distance {
  readonly p: number;
  readonly power: number;
  readonly normalizeEmbeddings: boolean;

  constructor({ p = 2, power = 1, normalizeEmbeddings = true }: LpDistanceOptions = {}) {
    super();
    if (!(p > 0)) throw new RangeError(`LpDistance: p must be a positive number, got ${describeValue(p)}`);
    if (!(power > 0)) throw new RangeError(`LpDistance: power must be a positive number, got ${describeValue(power)}`);
    this.p = p;
    this.power = power;
    this.normalizeEmbeddings = normalizeEmbeddings;
  }

  override matrix(query: Tensor, reference: Tensor = query): Tensor {
    const rows = this.compared(query);
    const columns = reference === query ? rows : this.compared(reference);
    return raised(this.p === 2 ? euclideanDistances(rows, columns) : cdist(rows, columns, this.p), this.power);
  }

  override pairwise(query: Tensor, reference: Tensor): Tensor {
    return raised(vectorNorm(this.compared(query).sub(this.compared(reference)), this.p, [-1]), this.power);
  }

  /** The rows that distances are between: normalised ones, where that is asked. */
  compared(embeddings: Tensor): Tensor {
    const wide = widened(embeddings);
    return this.normalizeEmbeddings ? normalizeRows(wide, this.p) : wide;
  }
}
