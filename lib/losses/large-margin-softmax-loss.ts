import { expectInteger } from '../arguments.ts';
import { vectorNorm } from '../generated/linalg.ts';
import type { Tensor } from '../tensor.ts';
import { withMultipleAngle } from './angular-margin.ts';
import { AngularMarginLoss, type AngularMarginLossOptions } from './angular-margin-loss.ts';

export interface LargeMarginSoftmaxLossOptions extends AngularMarginLossOptions {
  /** The margin `m`, a positive integer; 4 by default. */
  margin?: number;
}

/**
 * `psi(t) = (-1)^k cos(m t) - 2k` for `t` in `[k pi / m, (k + 1) pi / m]`, times the norms of embedding and class weights:
 * the angle to an embedding's class must be `m` times smaller than to any other (pytorch-metric-learning's
 * `LargeMarginSoftmaxLoss`; Liu et al. 2016, L-Softmax). `W` is `[embeddingSize, numClasses]`, the default scale 1.
 *
 * `cos(m t)` is a polynomial of `cos t`, with its own gradient everywhere; `k` has none. An embedding of zeros has logits 0.
 *
 * @returns a scalar; `getLogits` gives `s ||x|| ||w|| cos t`, `[N, numClasses]`.
 * @throws RangeError for labels out of range, or a margin that is no positive integer.
 * @example
 * new torch.losses.LargeMarginSoftmaxLoss({ numClasses: 10, embeddingSize: 32, margin: 4 })(embeddings, labels);
 */
export class LargeMarginSoftmaxLoss extends AngularMarginLoss {
  readonly margin: number;

  constructor(options: LargeMarginSoftmaxLossOptions) {
    super(options, { scale: 1 });
    this.margin = expectInteger(`${this.constructor.name}: margin`, options.margin ?? 4);
  }

  protected override psi(cosines: Tensor): Tensor {
    return withMultipleAngle(cosines, this.margin);
  }

  protected override scaled(cosines: Tensor, embeddings: Tensor): Tensor {
    const norms = vectorNorm(embeddings, 2, [1], true).mul(vectorNorm(this.like(embeddings, this.W), 2, [0]));
    return cosines.mul(norms).mul(this.scale);
  }
}
