/** Binary hinge loss. */

import { DTypeError, describeValue, ShapeError } from '../../errors.ts';
import { clamp, where as select, sub } from '../../generated/torch.ts';
import { Tensor } from '../../tensor.ts';
import { expectNumber, readTrailing, type Trailing } from '../arguments.ts';
import { type BinaryLabelsOption, signsOf } from './binary-labels.ts';
import { expectScores, expectShape, type ValidateOption } from './labels.ts';
import { type ReductionOption, reduce } from './reduction.ts';

/** 1 for the hinge, 2 for its square. */
export type HingePower = 1 | 2;

export interface HingeLossOptions extends ReductionOption, ValidateOption, BinaryLabelsOption {
  /** The product of label and score that is asked for; 1 by default. */
  margin?: number;
  /** 1 by default; 2 squares each violation. */
  power?: HingePower;
  /** What samples of the negative and of the positive class count, `[2]`; both 1 by default. The mean divides by N. */
  weight?: Tensor | null;
}

/** @internal */
export function expectPower(where: string, power: number): HingePower {
  if (power === 1 || power === 2) return power;
  throw new RangeError(`${where}: power must be 1 or 2, got ${describeValue(power)}`);
}

/** @internal Checks a weight for each class; null is none. */
export function expectClassWeight(where: string, weight: Tensor | null, classes: number): void {
  if (weight === null) return;
  if (!(weight instanceof Tensor)) {
    throw new TypeError(`${where}: weight must be a Tensor, got ${describeValue(weight)}`);
  }
  if (!weight.isFloatingPoint()) throw new DTypeError(`${where}: weight must be floating, got ${weight.dtype}`);
  if (weight.ndim !== 1 || weight.shape[0] !== classes) {
    throw new ShapeError(`${where}: weight must be [${classes}], one for each class, got [${weight.shape.join(', ')}]`);
  }
}

/** @internal */
export const hingeDefaults: Required<HingeLossOptions> = {
  margin: 1,
  power: 1,
  weight: null,
  labels: 'pm1',
  reduction: 'mean',
  validate: true,
};

/** @internal The loss of options that were read. */
export function hinge(where: string, scores: Tensor, targets: Tensor, options: Required<HingeLossOptions>): Tensor {
  const { margin, power, weight, reduction } = options;
  const shape = expectScores(where, 'scores', scores);
  const dtype = expectShape(where, 'targets', targets, shape, 'scores');
  const signs = signsOf(where, targets, dtype, options, scores.dtype);
  let values = clamp(sub(expectNumber(`${where}: margin`, margin), signs.mul(scores)), { min: 0 });
  if (expectPower(where, power) === 2) values = values.pow(2);
  if (weight !== null) {
    expectClassWeight(where, weight, 2);
    const [negative, positive] = weight.to(values.dtype).unbind(0) as [Tensor, Tensor];
    values = values.mul(select(signs.gt(0), positive, negative));
  }
  return reduce(where, values, reduction);
}

/**
 * Hinge loss of binary scores: `max(0, m - y·s)`, with `power: 2` its square. At the kink the gradient is the active one,
 * -y.
 *
 * @param scores `s`, raw model outputs of any shape; no sigmoid.
 * @param targets `y`, -1 or +1, of the same shape; with `labels: '01'` 0 or 1.
 * @returns a tensor without dimensions; with `reduction: 'none'` one value per score.
 * @throws ShapeError if the shapes differ or are empty, RangeError if a target is neither -1 nor +1.
 * @example
 * const loss = torch.nn.functional.hingeLoss(model(x).squeeze(-1), y.mul(2).sub(1));
 * const same = torch.nn.functional.hingeLoss(model(x).squeeze(-1), y, { labels: '01' });
 */
export function hingeLoss(
  scores: Tensor,
  targets: Tensor,
  ...rest: Trailing<[margin: number], HingeLossOptions>
): Tensor {
  return hinge('hingeLoss', scores, targets, readTrailing('hingeLoss', ['margin'], rest, hingeDefaults));
}
