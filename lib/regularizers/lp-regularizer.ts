import { describeValue } from '../errors.ts';
import { vectorNorm } from '../generated/linalg.ts';
import { arange, where } from '../generated/torch.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import type { Tensor } from '../tensor.ts';
import { Regularizer, type RegularizerOptions } from './regularizer.ts';

export interface LpRegularizerOptions extends RegularizerOptions {
  /** The norm's p, above 0; 2 by default. */
  p?: number;
  /** The exponent of the norm; 1 by default. */
  power?: number;
}

/**
 * `||x||_p ^ power`, averaged over rows (pytorch-metric-learning's `LpRegularizer`): keeps embeddings small. A row of zeros
 * has gradient 0.
 *
 * @throws RangeError if `p` or `power` is not positive.
 * @example
 * new torch.regularizers.LpRegularizer({ p: 2, power: 2 })(embeddings);
 */
export class LpRegularizer extends Regularizer {
  readonly p: number;
  readonly power: number;

  constructor(options: LpRegularizerOptions = {}) {
    super(options);
    const { p = 2, power = 1 } = options;
    if (!(p > 0)) throw new RangeError(`LpRegularizer: p must be a positive number, got ${describeValue(p)}`);
    if (!(power > 0)) {
      throw new RangeError(`LpRegularizer: power must be a positive number, got ${describeValue(power)}`);
    }
    this.p = p;
    this.power = power;
  }

  protected override penalties(rows: Tensor): UnreducedLoss {
    const indices = arange(rows.shape[0] as number, { device: rows.device });
    // A norm below 1 in the exponent, or a p below 1, would have an infinite derivative at 0.
    const some = rows.ne(0).any(1);
    const norms = vectorNorm(where(some.unsqueeze(1), rows, 1), this.p, [1]);
    return { kind: 'element', values: norms.pow(this.power).mul(some), indices };
  }
}
