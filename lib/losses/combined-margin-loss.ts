import { expectNumber } from '../arguments.ts';
import type { Tensor } from '../tensor.ts';
import { type AngleOptions, withCombinedMargin } from './angular-margin.ts';
import { AngularMarginLoss, type AngularMarginLossOptions, expectAngle } from './angular-margin-loss.ts';

export interface CombinedMargins {
  /** What the angle is multiplied by, above 0; 1 by default. */
  m1?: number;
  /** What is added to the angle, in radians; 0.5 by default. */
  m2?: number;
  /** What is subtracted from the cosine; 0 by default. */
  m3?: number;
}

export interface CombinedMarginLossOptions extends AngularMarginLossOptions, AngleOptions, CombinedMargins {}

/** The three margins, checked. */
export function readMargins(where: string, { m1 = 1, m2 = 0.5, m3 = 0 }: CombinedMargins): Required<CombinedMargins> {
  expectNumber(`${where}: m1`, m1);
  if (!(m1 > 0)) throw new RangeError(`${where}: m1 must be above 0, got ${m1}`);
  expectAngle(where, 'm2', m2, Math.PI, 'radians');
  expectNumber(`${where}: m3`, m3);
  return { m1, m2, m3 };
}

/**
 * `psi(t) = cos(m1 t + m2) - m3` (Deng et al. 2019, section 2.3): SphereFace's, ArcFace's and CosFace's margin in one.
 * insightface's `CombinedMarginLoss` has the same names and defaults, but computes ArcFace or CosFace alone.
 *
 * Where `m1 t + m2 > pi` the cosine would rise again. With `m1 = 1`, `psi = cos t - m2 sin m2 - m3` there, as in
 * `ArcFaceLoss`; otherwise `(-1)^k cos(m1 t + m2) - 2k - m3`, as in `SphereFaceLoss`. At `t = 0` and `t = pi` the gradient is
 * finite, and 0 by the embedding. `W` is `[embeddingSize, numClasses]`, the default scale 64.
 *
 * @returns a scalar; `getLogits` gives `s cos t`, `[N, numClasses]`.
 * @throws RangeError for labels out of range, `m1` that is not above 0, or `m2` that is not from 0 to below pi.
 * @example
 * new torch.losses.CombinedMarginLoss({ numClasses: 10, embeddingSize: 32, m1: 1, m2: 0.3, m3: 0.2 });
 */
export class CombinedMarginLoss extends AngularMarginLoss {
  readonly m1: number;
  readonly m2: number;
  readonly m3: number;
  readonly easyMargin: boolean;
  readonly monotone: boolean;

  constructor(options: CombinedMarginLossOptions) {
    super(options, {});
    const { m1, m2, m3 } = readMargins('CombinedMarginLoss', options);
    this.m1 = m1;
    this.m2 = m2;
    this.m3 = m3;
    this.easyMargin = options.easyMargin ?? false;
    this.monotone = options.monotone ?? true;
  }

  protected override psi(cosines: Tensor): Tensor {
    return withCombinedMargin(cosines, this, this);
  }
}
