import { expectNumber } from '../arguments.ts';
import { vectorNorm } from '../generated/linalg.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import type { Tensor } from '../tensor.ts';
import { type AngleOptions, withAngle } from './angular-margin.ts';
import {
  AngularMarginLoss,
  type AngularMarginLossOptions,
  type AngularRows,
  expectAngle,
} from './angular-margin-loss.ts';
import type { LossBatch } from './loss-batch.ts';

export interface MagFaceLossOptions extends AngularMarginLossOptions, AngleOptions {
  /** The smallest norm that is told from others; 10 by default. */
  lowerNorm?: number;
  /** The largest norm that is told from others; 110 by default. */
  upperNorm?: number;
  /** The margin at the smallest norm, in radians; 0.45 by default. */
  lowerMargin?: number;
  /** The margin at the largest norm, in radians; 0.8 by default. */
  upperMargin?: number;
  /** What the reward of large norms is multiplied by; 20 by default. */
  lambdaG?: number;
}

/**
 * ArcFace whose margin grows linearly with the norm `a = ||x||`, clipped to `[la, ua]`, from `lm` to `um`, plus
 * `lambda_g g(a)`, `g(a) = a / ua² + 1 / a`, which rewards large norms: what is easy gets a long embedding and a large
 * margin, so that the norm tells quality (Meng et al. 2021). The margin has a gradient by the norm. `W` is
 * `[embeddingSize, numClasses]`, the default scale 64. `lowerNorm`, `upperNorm`, `lowerMargin` and `upperMargin` are the
 * authors' `l_a`, `u_a`, `l_margin` and `u_margin`.
 *
 * @returns a scalar; `getLogits` gives `s cos t`, `[N, numClasses]`.
 * @throws RangeError for labels out of range, or margins that are not from 0 to below pi.
 * @example
 * new torch.losses.MagFaceLoss({ numClasses: 10, embeddingSize: 32 })(embeddings, labels);
 */
export class MagFaceLoss extends AngularMarginLoss {
  readonly lowerNorm: number;
  readonly upperNorm: number;
  /** In radians. */
  readonly lowerMargin: number;
  /** In radians. */
  readonly upperMargin: number;
  readonly lambdaG: number;
  readonly easyMargin: boolean;
  readonly monotone: boolean;

  constructor(options: MagFaceLossOptions) {
    super(options, {});
    const { lowerNorm = 10, upperNorm = 110, lowerMargin = 0.45, upperMargin = 0.8, lambdaG = 20 } = options;
    const where = 'MagFaceLoss';
    expectNumber(`${where}: lowerNorm`, lowerNorm);
    expectNumber(`${where}: upperNorm`, upperNorm);
    if (!(lowerNorm > 0 && upperNorm > lowerNorm)) {
      throw new RangeError(`${where}: norms must be 0 < lowerNorm < upperNorm, got ${lowerNorm} and ${upperNorm}`);
    }
    expectNumber(`${where}: lambdaG`, lambdaG);
    this.lowerNorm = lowerNorm;
    this.upperNorm = upperNorm;
    this.lowerMargin = expectAngle(where, 'lowerMargin', lowerMargin, Math.PI, 'radians');
    this.upperMargin = expectAngle(where, 'upperMargin', upperMargin, Math.PI, 'radians');
    this.lambdaG = lambdaG;
    this.easyMargin = options.easyMargin ?? false;
    this.monotone = options.monotone ?? true;
  }

  #norms(embeddings: Tensor): Tensor {
    return vectorNorm(embeddings, 2, [1]).clamp(this.lowerNorm, this.upperNorm);
  }

  protected override psi(cosines: Tensor, { embeddings }: AngularRows): Tensor {
    const { lowerNorm, upperNorm, lowerMargin, upperMargin } = this;
    const slope = (upperMargin - lowerMargin) / (upperNorm - lowerNorm);
    return withAngle(cosines, this.#norms(embeddings).sub(lowerNorm).mul(slope).add(lowerMargin), this);
  }

  protected override parts(batch: LossBatch): readonly UnreducedLoss[] {
    const norms = this.#norms(batch.embeddings);
    const reward = norms.div(this.upperNorm ** 2).add(norms.reciprocal());
    return [...super.parts(batch), this.rowLosses(batch, reward.mul(this.lambdaG), { name: 'magnitude' })];
  }
}
