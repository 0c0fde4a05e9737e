import { expectNumber } from '../arguments.ts';
import type { Tensor } from '../tensor.ts';
import { AngularMarginLoss, type AngularMarginLossOptions } from './angular-margin-loss.ts';
import { type ElasticOptions, elasticMargins, expectDeviation } from './elastic-margins.ts';

export interface ElasticCosFaceLossOptions extends Omit<AngularMarginLossOptions, 'gradient'>, ElasticOptions {
  /** The mean of margins, of cosines; 0.35 by default. */
  margin?: number;
}

/**
 * CosFace whose margin is drawn from `N(margin, std²)` for each row in each step (ElasticFace-Cos, Boutros et al. 2022);
 * with `plus`, rows far from their class get the larger ones. In evaluation mode it is `margin` itself. Random numbers are
 * torch's. `W` is `[embeddingSize, numClasses]`, the default scale 64.
 *
 * @returns a scalar; `getLogits` gives `s cos t`, `[N, numClasses]`.
 * @throws RangeError for labels out of range.
 * @example
 * new torch.losses.ElasticCosFaceLoss({ numClasses: 10, embeddingSize: 32, plus: true })(embeddings, labels);
 */
export class ElasticCosFaceLoss extends AngularMarginLoss {
  readonly margin: number;
  readonly std: number;
  readonly plus: boolean;

  constructor(options: ElasticCosFaceLossOptions) {
    super(options, {});
    const { margin = 0.35, std = 0.0125, plus = false } = options;
    expectNumber('ElasticCosFaceLoss: margin', margin);
    this.margin = margin;
    this.std = expectDeviation('ElasticCosFaceLoss', std);
    this.plus = plus;
  }

  protected override psi(cosines: Tensor): Tensor {
    return cosines.sub(this.training ? elasticMargins(cosines, this.margin, this.std, this.plus) : this.margin);
  }
}
