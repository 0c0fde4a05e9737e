/** Multiclass hinge loss, summed over the wrong classes. */

import { clamp } from '../../generated/torch.ts';
import type { Tensor } from '../../tensor.ts';
import { readTrailing, type Trailing } from '../arguments.ts';
import { classMargins, reduceByClass } from './class-margins.ts';
import { expectPower, type HingePower } from './hinge-loss.ts';
import type { ValidateOption } from './labels.ts';
import type { ReductionOption } from './reduction.ts';

export interface MulticlassHingeLossOptions extends ReductionOption, ValidateOption {
  /** By how much the correct score shall exceed every other; 1 by default. */
  margin?: number;
  /** 1 by default; 2 squares each violation before they are added. */
  power?: HingePower;
  /** What samples of each class count, `[K]`; 1 by default. The mean divides by B. */
  weight?: Tensor | null;
  /** `cost[c, j] >= 0`, `[K, K]`: what the margin to class j is multiplied by where c is right; 1 by default. */
  cost?: Tensor | null;
}

/** @internal */
export const multiclassHingeDefaults: Required<MulticlassHingeLossOptions> = {
  margin: 1,
  power: 1,
  weight: null,
  cost: null,
  reduction: 'mean',
  validate: true,
};

/** @internal The loss of options that were read. */
export function multiclassHinge(
  where: string,
  scores: Tensor,
  targets: Tensor,
  options: Required<MulticlassHingeLossOptions>,
): Tensor {
  const { differences, required, ids } = classMargins(where, scores, targets, options);
  let violations = clamp(differences.add(required).scatter(1, ids, 0), { min: 0 });
  if (expectPower(where, options.power) === 2) violations = violations.pow(2);
  return reduceByClass(where, violations.sum(1), ids, options, scores.shape[1] as number);
}

/**
 * Multiclass hinge loss (Weston and Watkins 1999): `Σ_{j≠c} max(0, s_j - s_c + Δ)^power` per sample. Not divided by the
 * number of classes, as `multiMarginLoss` is. With a cost `Δ` depends on the classes: `Δ·cost[c, j]`.
 *
 * @param scores `s`, `[B, K]`: one score per class.
 * @param targets `c`, `[B]` int64: class ids from 0 to K-1.
 * @returns a tensor without dimensions; with `reduction: 'none'` one value per sample, `[B]`.
 * @throws ShapeError, DTypeError or RangeError for targets that are no class ids of these scores.
 * @example
 * const loss = torch.nn.functional.multiclassHingeLoss(scores, targets, { margin: 1, power: 2 });
 */
export function multiclassHingeLoss(
  scores: Tensor,
  targets: Tensor,
  ...rest: Trailing<[margin: number], MulticlassHingeLossOptions>
): Tensor {
  const options = readTrailing('multiclassHingeLoss', ['margin'], rest, multiclassHingeDefaults);
  return multiclassHinge('multiclassHingeLoss', scores, targets, options);
}
