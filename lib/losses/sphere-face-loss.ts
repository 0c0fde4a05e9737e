import { vectorNorm } from '../generated/linalg.ts';
import type { Tensor } from '../tensor.ts';
import { LargeMarginSoftmaxLoss, type LargeMarginSoftmaxLossOptions } from './large-margin-softmax-loss.ts';

export type SphereFaceLossOptions = LargeMarginSoftmaxLossOptions;

/**
 * `psi(t) = (-1)^k cos(m t) - 2k` for `t` in `[k pi / m, (k + 1) pi / m]`, times the norm of the embedding alone
 * (pytorch-metric-learning's `SphereFaceLoss`; Liu et al. 2017, A-Softmax): `LargeMarginSoftmaxLoss` with normalised class
 * weights. `W` is `[embeddingSize, numClasses]`, the default margin 4, the default scale 1.
 *
 * @returns a scalar; `getLogits` gives `s ||x|| cos t`, `[N, numClasses]`.
 * @throws RangeError for labels out of range, or a margin that is no positive integer.
 * @example
 * new torch.losses.SphereFaceLoss({ numClasses: 10, embeddingSize: 32, margin: 4 })(embeddings, labels);
 */
export class SphereFaceLoss extends LargeMarginSoftmaxLoss {
  protected override scaled(cosines: Tensor, embeddings: Tensor): Tensor {
    return cosines.mul(vectorNorm(embeddings, 2, [1], true)).mul(this.scale);
  }
}
