import { expectNumber } from '../arguments.ts';
import { noGrad } from '../autograd/modes.ts';
import { full } from '../creation.ts';
import { vectorNorm } from '../generated/linalg.ts';
import { where } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { sineOf } from './angular-margin.ts';
import {
  AngularMarginLoss,
  type AngularMarginLossOptions,
  type AngularRows,
  expectAngle,
} from './angular-margin-loss.ts';

export interface AdaFaceLossOptions extends AngularMarginLossOptions {
  /** The margin `m`, of angles in radians and of cosines alike; 0.4 by default. */
  margin?: number;
  /** How much of the norms' spread the margin follows, `h`; 0.333 by default. */
  h?: number;
  /** What the newest batch weighs in the running mean and deviation of norms; 1 by default, the batch alone. */
  tAlpha?: number;
}

/**
 * `psi(t) = cos(t + g1) - g2` with `g1 = -m z`, `g2 = m + m z`, where `z = (||x|| - mean) / (deviation / h)`, clipped to
 * [-1, 1], says how good the picture is: ArcFace's margin for small norms, CosFace's for middle ones, a stronger one that
 * favours hard rows for large ones (Kim et al. 2022). Norms are clipped to [0.001, 100] and have no gradient; `t + g1` stays
 * between 0 and pi, with gradient 0 beyond. `W` is `[embeddingSize, numClasses]`, the default scale 64.
 *
 * `batchMean` and `batchStd` are buffers, which follow the batches in training mode, with `tAlpha`; a batch of fewer than
 * two rows leaves them as they are.
 *
 * @returns a scalar; `getLogits` gives `s cos t`, `[N, numClasses]`.
 * @throws RangeError for labels out of range, or a margin that is not from 0 to below pi.
 * @example
 * new torch.losses.AdaFaceLoss({ numClasses: 10, embeddingSize: 32, margin: 0.4, h: 0.333 })(embeddings, labels);
 */
export class AdaFaceLoss extends AngularMarginLoss {
  /** In radians. */
  readonly margin: number;
  readonly h: number;
  readonly tAlpha: number;
  /** `[1]`; 20 at first. */
  readonly batchMean: Tensor;
  /** `[1]`; 100 at first. */
  readonly batchStd: Tensor;

  constructor(options: AdaFaceLossOptions) {
    super(options, {});
    const { margin = 0.4, h = 0.333, tAlpha = 1 } = options;
    this.margin = expectAngle('AdaFaceLoss', 'margin', margin, Math.PI, 'radians');
    expectNumber('AdaFaceLoss: h', h);
    expectNumber('AdaFaceLoss: tAlpha', tAlpha);
    this.h = h;
    this.tAlpha = tAlpha;
    this.batchMean = this.registerBuffer('batchMean', full([1], 20));
    this.batchStd = this.registerBuffer('batchStd', full([1], 100));
  }

  protected override psi(cosines: Tensor, { embeddings }: AngularRows): Tensor {
    const { margin } = this;
    const quality = this.#quality(embeddings);
    const angles = quality.mul(-margin);
    const turned = cosines.mul(angles.cos()).sub(sineOf(cosines).mul(angles.sin()));
    const limits = angles.cos();
    const belowZero = angles.lt(0).logicalAnd(cosines.gt(limits));
    const beyondPi = angles.gt(0).logicalAnd(cosines.lt(limits.neg()));
    const kept = where(beyondPi, -1, where(belowZero, 1, turned));
    return kept.sub(quality.mul(margin).add(margin));
  }

  /** How large each norm is beside others, from -1 to 1. */
  #quality(embeddings: Tensor): Tensor {
    return noGrad(() => {
      const norms = vectorNorm(embeddings, 2, [1]).clamp(1e-3, 100);
      if (this.training && norms.numel() > 1) {
        const { batchMean, batchStd, tAlpha } = this;
        batchMean.mul_(1 - tAlpha).add_(norms.mean(), { alpha: tAlpha });
        batchStd.mul_(1 - tAlpha).add_(norms.std(), { alpha: tAlpha });
      }
      const [mean, deviation] = [this.like(norms, this.batchMean), this.like(norms, this.batchStd)];
      return norms.sub(mean).div(deviation.add(1e-3)).mul(this.h).clamp(-1, 1);
    });
  }
}
