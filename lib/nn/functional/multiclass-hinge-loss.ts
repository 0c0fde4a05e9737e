/** Multiclass hinge loss, summed over the wrong classes. */

import { ShapeError } from '../../errors.ts';
import { clamp } from '../../generated/torch.ts';
import type { Tensor } from '../../tensor.ts';
import { expectNumber, readTrailing, type Trailing } from '../arguments.ts';
import { expectClassIds, expectScores, expectShape, type ValidateOption } from './labels.ts';
import { type ReductionOption, reduce } from './reduction.ts';

export interface MulticlassHingeLossOptions extends ReductionOption, ValidateOption {
  /** By how much the correct score shall exceed every other; 1 by default. */
  margin?: number;
}

/** @internal */
export const multiclassHingeDefaults: Required<MulticlassHingeLossOptions> = {
  margin: 1,
  reduction: 'mean',
  validate: true,
};

/** @internal The loss of options that were read. */
export function multiclassHinge(
  where: string,
  scores: Tensor,
  targets: Tensor,
  { margin, reduction, validate }: Required<MulticlassHingeLossOptions>,
): Tensor {
  const shape = expectScores(where, 'scores', scores);
  const [batch, classes] = shape as [number, number];
  if (shape.length !== 2) throw new ShapeError(`${where}: scores must be [B, K], got [${shape.join(', ')}]`);
  const dtype = expectShape(where, 'targets', targets, [batch], 'scores');
  expectClassIds(where, targets, dtype, classes, validate);
  const ids = targets.unsqueeze(1);
  const margins = scores
    .sub(scores.gather(1, ids))
    .add(expectNumber(`${where}: margin`, margin))
    .scatter(1, ids, 0);
  return reduce(where, clamp(margins, { min: 0 }).sum(1), reduction);
}

/**
 * Multiclass hinge loss (Weston and Watkins): `Σ_{j≠c} max(0, s_j - s_c + Δ)` per sample. Not divided by the number of
 * classes, as `multiMarginLoss` is.
 *
 * @param scores `s`, `[B, K]`: one score per class.
 * @param targets `c`, `[B]` int64: class ids from 0 to K-1.
 * @returns a tensor without dimensions; with `reduction: 'none'` one value per sample, `[B]`.
 * @throws ShapeError, DTypeError or RangeError for targets that are no class ids of these scores.
 */
export function multiclassHingeLoss(
  scores: Tensor,
  targets: Tensor,
  ...rest: Trailing<[margin: number], MulticlassHingeLossOptions>
): Tensor {
  const options = readTrailing('multiclassHingeLoss', ['margin'], rest, multiclassHingeDefaults);
  return multiclassHinge('multiclassHingeLoss', scores, targets, options);
}
