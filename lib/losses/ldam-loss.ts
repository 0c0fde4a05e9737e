import { expectNumber } from '../arguments.ts';
import { tensor } from '../creation.ts';
import { describeValue } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { AngularMarginLoss, type AngularMarginLossOptions, type AngularRows } from './angular-margin-loss.ts';
import { classFrequencyMargins } from './class-frequency-margins.ts';

export interface LDAMLossOptions extends Omit<AngularMarginLossOptions, 'gradient'> {
  /** How many examples each class has, `[numClasses]` numbers above 0. */
  classCounts: readonly number[];
  /** The margin of the rarest class, of cosines; 0.5 by default. */
  maxMargin?: number;
}

/**
 * `psi(t) = cos t - m_y` with `m_j` proportional to `n_j^(-1/4)`, `n_j` being how many examples class `j` has and the
 * largest margin `maxMargin`: rare classes get a larger margin (label-distribution-aware margin, Cao et al. 2019). The
 * authors re-weigh classes late in training, too: use the `weights` of the call. `W` is `[embeddingSize, numClasses]`, the
 * default scale 30.
 *
 * @returns a scalar; `getLogits` gives `s cos t`, `[N, numClasses]`.
 * @throws RangeError for labels out of range, or counts that are not `numClasses` numbers above 0.
 * @example
 * new torch.losses.LDAMLoss({ numClasses: 3, embeddingSize: 32, classCounts: [5000, 500, 50] })(embeddings, labels);
 */
export class LDAMLoss extends AngularMarginLoss {
  readonly maxMargin: number;
  /** float64 `[numClasses]` */
  readonly margins: Tensor;

  constructor(options: LDAMLossOptions) {
    super(options, { scale: 30 });
    const { classCounts, maxMargin = 0.5 } = options;
    expectNumber('LDAMLoss: maxMargin', maxMargin);
    if (!Array.isArray(classCounts) || classCounts.length !== this.numClasses) {
      const got = Array.isArray(classCounts) ? classCounts.length : describeValue(classCounts);
      throw new RangeError(`LDAMLoss: classCounts must be ${this.numClasses} numbers, one a class, got ${got}`);
    }
    this.maxMargin = maxMargin;
    const margins = tensor(classFrequencyMargins(classCounts, { max: maxMargin }), { dtype: 'float64' });
    this.margins = this.registerBuffer('margins', margins, false);
  }

  protected override psi(cosines: Tensor, { classes }: AngularRows): Tensor {
    return cosines.sub(this.margins.index([classes]).to(cosines.dtype));
  }
}
