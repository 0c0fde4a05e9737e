import type { Tensor } from '../tensor.ts';
import { type AngleOptions, withAngle } from './angular-margin.ts';
import { AngularMarginLoss, type AngularMarginLossOptions, expectAngle } from './angular-margin-loss.ts';
import { type ElasticOptions, elasticMargins, expectDeviation } from './elastic-margins.ts';

export interface ElasticArcFaceLossOptions extends AngularMarginLossOptions, AngleOptions, ElasticOptions {
  /** The mean of margins in radians; 0.5 by default. */
  margin?: number;
}

/**
 * ArcFace whose margin is drawn from `N(margin, std²)` for each row in each step, in radians, clipped to [0, pi), because
 * one margin does not suit all classes (ElasticFace-Arc, Boutros et al. 2022); with `plus`, rows far from their class get
 * the larger ones. In evaluation mode it is `margin` itself. Random numbers are torch's. `W` is
 * `[embeddingSize, numClasses]`, the default scale 64. All else as `ArcFaceLoss`.
 *
 * @returns a scalar; `getLogits` gives `s cos t`, `[N, numClasses]`.
 * @throws RangeError for labels out of range, or a margin that is not from 0 to below pi.
 * @example
 * new torch.losses.ElasticArcFaceLoss({ numClasses: 10, embeddingSize: 32, std: 0.0125 })(embeddings, labels);
 */
export class ElasticArcFaceLoss extends AngularMarginLoss {
  /** In radians. */
  readonly margin: number;
  readonly std: number;
  readonly plus: boolean;
  readonly easyMargin: boolean;
  readonly monotone: boolean;

  constructor(options: ElasticArcFaceLossOptions) {
    super(options, {});
    const { margin = 0.5, std = 0.0125, plus = false, easyMargin = false, monotone = true } = options;
    this.margin = expectAngle('ElasticArcFaceLoss', 'margin', margin, Math.PI, 'radians');
    this.std = expectDeviation('ElasticArcFaceLoss', std);
    this.plus = plus;
    this.easyMargin = easyMargin;
    this.monotone = monotone;
  }

  protected override psi(cosines: Tensor): Tensor {
    if (!this.training) return withAngle(cosines, this.margin, this);
    const margins = elasticMargins(cosines, this.margin, this.std, this.plus);
    return withAngle(cosines, margins.clamp(0, Math.PI - 1e-6), this);
  }
}
