import { tensor } from '../creation.ts';
import { describeValue } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { type AngleOptions, withAngle } from './angular-margin.ts';
import {
  AngularMarginLoss,
  type AngularMarginLossOptions,
  type AngularRows,
  expectAngle,
} from './angular-margin-loss.ts';
import type { ClassLossDefaults } from './class-loss.ts';

export interface ArcFaceLossOptions extends AngularMarginLossOptions, AngleOptions {
  /** The margin `m` in degrees, from 0 to below 180; 28.6 by default. */
  margin?: number;
  /** A margin in degrees for each class, such as `classFrequencyMargins` gives, in place of `margin`. */
  margins?: readonly number[] | null;
}

const radians = Math.PI / 180;

/**
 * `psi(t) = cos(t + m)`: the angle between an embedding and its class must be smaller than to any other by `m`
 * (pytorch-metric-learning's `ArcFaceLoss`; Deng et al. 2019). Where `t > pi - m`, `psi = cos t - m sin m`, so that it
 * goes on falling. `W` is `[embeddingSize, numClasses]`, the default scale 64.
 *
 * `cos(t + m)` is `cos t cos m - sin t sin m`. At `t = 0` and `t = pi`, where `sin t` has no derivative by `cos t`, the
 * gradient is that of `cos t cos m` alone, which by the embedding is 0. pytorch-metric-learning has NaN there.
 *
 * @returns a scalar; `getLogits` gives `s cos t`, `[N, numClasses]`.
 * @throws RangeError for labels out of range, or a margin that is not from 0 to below 180 degrees.
 * @example
 * const lossFn = new torch.losses.ArcFaceLoss({ numClasses: 10, embeddingSize: 32, margin: 28.6, scale: 64 });
 * lossFn(embeddings, labels).backward();
 */
export class ArcFaceLoss extends AngularMarginLoss {
  /** In degrees. */
  readonly margin: number;
  readonly easyMargin: boolean;
  readonly monotone: boolean;
  /** In radians, `[numClasses]`, where each class has its own. */
  readonly margins: Tensor | null;

  constructor(options: ArcFaceLossOptions, defaults: ClassLossDefaults & { columns?: number } = {}) {
    super(options, defaults);
    const { margin = 28.6, margins = null, easyMargin = false, monotone = true } = options;
    const where = this.constructor.name;
    this.margin = expectAngle(where, 'margin', margin, 180, 'degrees');
    this.easyMargin = easyMargin;
    this.monotone = monotone;
    if (margins !== null && margins.length !== this.numClasses) {
      const got = Array.isArray(margins) ? margins.length : describeValue(margins);
      throw new RangeError(`${where}: margins must be ${this.numClasses} numbers, one a class, got ${got}`);
    }
    const each = margins?.map((value) => expectAngle(where, 'margins', value, 180, 'degrees') * radians) ?? null;
    this.margins = this.registerBuffer('margins', each && tensor(each, { dtype: 'float64' }), false);
  }

  protected override psi(cosines: Tensor, { classes }: AngularRows): Tensor {
    const angle = this.margins?.index([classes]).to(cosines.dtype) ?? this.margin * radians;
    return withAngle(cosines, angle, this);
  }
}
