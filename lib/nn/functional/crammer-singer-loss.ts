/** The hinge of the worst wrong class. */

import { clamp } from '../../generated/torch.ts';
import type { Tensor } from '../../tensor.ts';
import { readTrailing, type Trailing } from '../arguments.ts';
import { classMargins, reduceByClass } from './class-margins.ts';
import { expectPower, type HingePower } from './hinge-loss.ts';
import type { ValidateOption } from './labels.ts';
import type { ReductionOption } from './reduction.ts';

export interface CrammerSingerLossOptions extends ReductionOption, ValidateOption {
  /** By how much the correct score shall exceed every other; 1 by default. */
  margin?: number;
  /** 1 by default; 2 squares the violation. */
  power?: HingePower;
  /** What samples of each class count, `[K]`; 1 by default. The mean divides by B. */
  weight?: Tensor | null;
}

/** @internal */
export const crammerSingerDefaults: Required<CrammerSingerLossOptions> = {
  margin: 1,
  power: 1,
  weight: null,
  reduction: 'mean',
  validate: true,
};

/** @internal The loss of options that were read. */
export function crammerSinger(
  where: string,
  scores: Tensor,
  targets: Tensor,
  options: Required<CrammerSingerLossOptions>,
): Tensor {
  const { differences, required, ids } = classMargins(where, scores, targets, { ...options, cost: null });
  return reduceByClass(
    where,
    worst(differences.add(required), ids, expectPower(where, options.power)),
    ids,
    options,
    scores.shape[1] as number,
  );
}

/** @internal The largest violation `[B]` among wrong classes, or 0; wrong classes that tie share the gradient. */
export function worst(violations: Tensor, ids: Tensor, power: HingePower): Tensor {
  const largest = clamp(violations.scatter(1, ids, Number.NEGATIVE_INFINITY).amax(1), { min: 0 });
  return power === 2 ? largest.pow(2) : largest;
}

/**
 * Multiclass hinge loss of Crammer and Singer (2001): `max(0, max_{j≠c} s_j - s_c + Δ)^power` per sample, so that only the
 * wrong class that comes nearest counts (scikit-learn's `hinge_loss` of several classes).
 *
 * @param scores `s`, `[B, K]`: one score per class.
 * @param targets `c`, `[B]` int64: class ids from 0 to K-1.
 * @returns a tensor without dimensions; with `reduction: 'none'` one value per sample, `[B]`.
 * @throws ShapeError, DTypeError or RangeError for targets that are no class ids of these scores.
 * @example
 * const loss = torch.nn.functional.crammerSingerLoss(scores, targets);
 */
export function crammerSingerLoss(
  scores: Tensor,
  targets: Tensor,
  ...rest: Trailing<[margin: number], CrammerSingerLossOptions>
): Tensor {
  const options = readTrailing('crammerSingerLoss', ['margin'], rest, crammerSingerDefaults);
  return crammerSinger('crammerSingerLoss', scores, targets, options);
}
