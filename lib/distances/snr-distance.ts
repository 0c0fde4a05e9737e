import { widened } from '../embeddings.ts';
import { describeValue } from '../errors.ts';
import { cdist } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { Distance } from './distance.ts';
import { normalizeRows } from './normalize.ts';
import { raised } from './power.ts';

export interface SNRDistanceOptions {
  /** The exponent of the distance, `> 0`; 1 by default. */
  power?: number;
  /** Whether embeddings are divided by their Euclidean norm first; true by default. */
  normalizeEmbeddings?: boolean;
}

// Equal rows are exactly 0 apart in batches of any size: see LpDistance.
const withoutMatrixProduct = 2;
const smallestSignal = 1e-12;

/**
 * `d(x, y) = (var(x - y) / var(x)) ^ power`, the noise-to-signal ratio of two embeddings, variances being those of their
 * components (pytorch-metric-learning's `SNRDistance`; Yuan et al., "Signal-to-Noise Ratio", 2019). It is not symmetric,
 * and does not change where a constant is added to all components. Where the components
 * of an anchor are all but equal, the squares of what they differ by count as 1e-12 in all. Half precision is computed in float32; `[N, M, D]` differences are never made.
 *
 * @throws RangeError if `power` is not positive.
 * @example
 * new torch.distances.SNRDistance().matrix(x); // [N, N]
 */
export class SNRDistance extends Distance {
  readonly power: number;
  readonly normalizeEmbeddings: boolean;

  constructor({ power = 1, normalizeEmbeddings = true }: SNRDistanceOptions = {}) {
    super();
    if (!(power > 0)) throw new RangeError(`SNRDistance: power must be a positive number, got ${describeValue(power)}`);
    this.power = power;
    this.normalizeEmbeddings = normalizeEmbeddings;
  }

  override matrix(query: Tensor, reference: Tensor = query): Tensor {
    const rows = this.#centre(query);
    const columns = reference === query ? rows : this.#centre(reference);
    const noise = cdist(rows, columns, 2, withoutMatrixProduct).square();
    return this.#ratio(noise, rows.square().sum(1, { keepdim: true }));
  }

  override pairwise(query: Tensor, reference: Tensor): Tensor {
    const rows = this.#centre(query);
    return this.#ratio(rows.sub(this.#centre(reference)).square().sum(-1), rows.square().sum(-1));
  }

  /** Sums of squares of centred rows: variances times D - 1, which cancels. */
  #ratio(noise: Tensor, signal: Tensor): Tensor {
    return raised(noise.div(signal.clampMin(smallestSignal)), this.power);
  }

  #centre(embeddings: Tensor): Tensor {
    const wide = widened(embeddings);
    const rows = this.normalizeEmbeddings ? normalizeRows(wide, 2) : wide;
    return rows.sub(rows.mean([-1], { keepdim: true }));
  }
}
