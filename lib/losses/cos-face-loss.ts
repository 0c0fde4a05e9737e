import { expectNumber } from '../arguments.ts';
import type { Tensor } from '../tensor.ts';
import { AngularMarginLoss, type AngularMarginLossOptions } from './angular-margin-loss.ts';

export interface CosFaceLossOptions extends Omit<AngularMarginLossOptions, 'gradient'> {
  /** The margin `m`, of cosines; 0.35 by default. */
  margin?: number;
}

/**
 * `psi(t) = cos t - m`: the cosine to an embedding's class must be larger than to any other by `m`
 * (pytorch-metric-learning's `CosFaceLoss`; Wang et al. 2018, also AM-Softmax). `W` is `[embeddingSize, numClasses]`, the
 * default scale 64.
 *
 * @returns a scalar; `getLogits` gives `s cos t`, `[N, numClasses]`.
 * @throws RangeError for labels out of range.
 * @example
 * new torch.losses.CosFaceLoss({ numClasses: 10, embeddingSize: 32, margin: 0.35 })(embeddings, labels);
 */
export class CosFaceLoss extends AngularMarginLoss {
  readonly margin: number;

  constructor(options: CosFaceLossOptions) {
    super(options, {});
    const { margin = 0.35 } = options;
    expectNumber('CosFaceLoss: margin', margin);
    this.margin = margin;
  }

  protected override psi(cosines: Tensor): Tensor {
    return cosines.sub(this.margin);
  }
}
