/** Binary hinge loss. */

import { clamp, sub } from '../../generated/torch.ts';
import type { Tensor } from '../../tensor.ts';
import { expectNumber, readTrailing, type Trailing } from '../arguments.ts';
import { expectScores, expectShape, expectSigns, type ValidateOption } from './labels.ts';
import { type ReductionOption, reduce } from './reduction.ts';

export interface HingeLossOptions extends ReductionOption, ValidateOption {
  /** The product of label and score that is asked for; 1 by default. */
  margin?: number;
}

/** @internal `max(0, margin - y·s)`, of scores and labels that were checked. */
export function marginError(
  where: string,
  scores: Tensor,
  targets: Tensor,
  options: Required<HingeLossOptions>,
): Tensor {
  const shape = expectScores(where, 'scores', scores);
  const dtype = expectShape(where, 'targets', targets, shape, 'scores');
  expectSigns(where, targets, dtype, options.validate);
  return clamp(sub(expectNumber(`${where}: margin`, options.margin), targets.mul(scores)), { min: 0 });
}

/** @internal */
export const hingeDefaults: Required<HingeLossOptions> = { margin: 1, reduction: 'mean', validate: true };

/**
 * Hinge loss of binary scores: `max(0, m - y·s)`. At the kink the gradient is the active one, -y.
 *
 * @param scores `s`, raw model outputs of any shape; no sigmoid.
 * @param targets `y`, -1 or +1, of the same shape.
 * @returns a tensor without dimensions; with `reduction: 'none'` one value per score.
 * @throws ShapeError if the shapes differ or are empty, RangeError if a target is neither -1 nor +1.
 * @example
 * const loss = torch.nn.functional.hingeLoss(model(x).squeeze(-1), y.mul(2).sub(1));
 */
export function hingeLoss(
  scores: Tensor,
  targets: Tensor,
  ...rest: Trailing<[margin: number], HingeLossOptions>
): Tensor {
  const options = readTrailing('hingeLoss', ['margin'], rest, hingeDefaults);
  return reduce('hingeLoss', marginError('hingeLoss', scores, targets, options), options.reduction);
}
