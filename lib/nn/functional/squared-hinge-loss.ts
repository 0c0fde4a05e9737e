/** Squared hinge loss. */

import type { Tensor } from '../../tensor.ts';
import { readTrailing, type Trailing } from '../arguments.ts';
import { type HingeLossOptions, hinge, hingeDefaults } from './hinge-loss.ts';

export type SquaredHingeLossOptions = Omit<HingeLossOptions, 'power'>;

const { power: _, ...defaults } = hingeDefaults;

/** @internal */
export const squaredHingeDefaults: Required<SquaredHingeLossOptions> = defaults;

/**
 * Squared hinge loss of binary scores: `max(0, m - y·s)²`, whose gradient is continuous.
 *
 * @param scores `s`, raw model outputs of any shape.
 * @param targets `y`, -1 or +1, of the same shape; with `labels: '01'` 0 or 1.
 * @returns a tensor without dimensions; with `reduction: 'none'` one value per score.
 * @throws ShapeError if the shapes differ or are empty, RangeError if a target is neither -1 nor +1.
 */
export function squaredHingeLoss(
  scores: Tensor,
  targets: Tensor,
  ...rest: Trailing<[margin: number], SquaredHingeLossOptions>
): Tensor {
  const options = readTrailing('squaredHingeLoss', ['margin'], rest, squaredHingeDefaults);
  return hinge('squaredHingeLoss', scores, targets, { ...options, power: 2 });
}
