/** Squared hinge loss. */

import type { Tensor } from '../../tensor.ts';
import { readTrailing, type Trailing } from '../arguments.ts';
import { type HingeLossOptions, hingeDefaults, marginError } from './hinge-loss.ts';
import { reduce } from './reduction.ts';

/**
 * Squared hinge loss of binary scores: `max(0, m - y·s)²`, whose gradient is continuous.
 *
 * @param scores `s`, raw model outputs of any shape.
 * @param targets `y`, -1 or +1, of the same shape.
 * @returns a tensor without dimensions; with `reduction: 'none'` one value per score.
 * @throws ShapeError if the shapes differ or are empty, RangeError if a target is neither -1 nor +1.
 */
export function squaredHingeLoss(
  scores: Tensor,
  targets: Tensor,
  ...rest: Trailing<[margin: number], HingeLossOptions>
): Tensor {
  const options = readTrailing('squaredHingeLoss', ['margin'], rest, hingeDefaults);
  return reduce(
    'squaredHingeLoss',
    marginError('squaredHingeLoss', scores, targets, options).pow(2),
    options.reduction,
  );
}
