import { expectNumber } from '../arguments.ts';
import { noGrad } from '../autograd/modes.ts';
import { where, zeros } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { type AngleOptions, withAngle, withTargets } from './angular-margin.ts';
import {
  AngularMarginLoss,
  type AngularMarginLossOptions,
  type AngularRows,
  expectAngle,
} from './angular-margin-loss.ts';

export interface CurricularFaceLossOptions extends AngularMarginLossOptions, AngleOptions {
  /** The margin `m` in radians; 0.5 by default. */
  margin?: number;
  /** What the newest batch weighs in the running mean `t`; 0.01 by default. */
  alpha?: number;
}

/**
 * ArcFace that weighs hard negatives, whose cosine is above the target's `cos(t_y + m)`, more as training goes on: their
 * `cos t_j` becomes `cos t_j (t + cos t_j)`, `t` being the running mean of the targets' cosines (Huang et al. 2020). `t`
 * is a buffer, 0 at first, which follows the batches in training mode and has no gradient. `W` is
 * `[embeddingSize, numClasses]`, the default scale 64. All else as `ArcFaceLoss`, but that the margin is in radians.
 *
 * @returns a scalar; `getLogits` gives `s cos t`, `[N, numClasses]`.
 * @throws RangeError for labels out of range, or a margin that is not from 0 to below pi.
 * @example
 * new torch.losses.CurricularFaceLoss({ numClasses: 10, embeddingSize: 32, margin: 0.5 })(embeddings, labels);
 */
export class CurricularFaceLoss extends AngularMarginLoss {
  /** In radians. */
  readonly margin: number;
  readonly alpha: number;
  readonly easyMargin: boolean;
  readonly monotone: boolean;
  /** `[1]` */
  readonly t: Tensor;

  constructor(options: CurricularFaceLossOptions) {
    super(options, {});
    const { margin = 0.5, alpha = 0.01 } = options;
    this.margin = expectAngle('CurricularFaceLoss', 'margin', margin, Math.PI, 'radians');
    expectNumber('CurricularFaceLoss: alpha', alpha);
    this.alpha = alpha;
    this.easyMargin = options.easyMargin ?? false;
    this.monotone = options.monotone ?? true;
    this.t = this.registerBuffer('t', zeros([1]));
  }

  protected override psi(cosines: Tensor): Tensor {
    return withAngle(cosines, this.margin, this);
  }

  protected override withMargin(cosines: Tensor, rows: AngularRows): Tensor {
    const { classes, embeddings } = rows;
    const hard = noGrad(() => {
      const targets = cosines.gather(1, classes.unsqueeze(1));
      if (this.training && classes.numel() > 0) this.t.mul_(1 - this.alpha).add_(targets.mean(), { alpha: this.alpha });
      return cosines.gt(withAngle(targets, this.margin, { monotone: false }));
    });
    // A copy: t changes in place with the next batch, perhaps before this one's backward.
    const t = this.like(embeddings, this.t).clone();
    const weighed = where(hard, cosines.mul(cosines.add(t)), cosines);
    return withTargets(weighed, classes, this.targets(cosines, rows));
  }
}
