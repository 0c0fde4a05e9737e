/** PyTorch's multiclass margin loss, divided by the number of classes. */

import { describeValue, ShapeError } from '../../errors.ts';
import * as aten from '../../generated/nn.ts';
import type { Tensor } from '../../tensor.ts';
import { expectNumber, readTrailing, type Trailing } from '../arguments.ts';
import { expectClassIds, expectTensor, type ValidateOption } from './labels.ts';
import { type ReductionOption, reductionCode } from './reduction.ts';

export interface MultiMarginLossOptions extends ReductionOption, ValidateOption {
  /** 1 or 2: the power of each violation. */
  p?: 1 | 2;
  /** By how much the correct score shall exceed every other; 1 by default. */
  margin?: number;
  /** A factor for each class, `[C]`. */
  weight?: Tensor | null;
}

/** @internal */
export const multiMarginDefaults: Required<MultiMarginLossOptions> = {
  p: 1,
  margin: 1,
  weight: null,
  reduction: 'mean',
  validate: true,
};

/** @internal */
export const multiMarginNames = ['p', 'margin', 'weight'] as const;

/** @internal Checks the power and the weight. */
export function expectMultiMargin(where: string, p: number, weight: Tensor | null): void {
  if (p !== 1 && p !== 2) throw new RangeError(`${where}: p must be 1 or 2, got ${describeValue(p)}`);
  if (weight !== null && weight.ndim !== 1) {
    throw new ShapeError(`${where}: weight must have one dimension, got [${weight.shape.join(', ')}]`);
  }
}

/** @internal The loss of options that were read. */
export function multiMargin(
  where: string,
  input: Tensor,
  target: Tensor,
  { p, margin, weight, reduction, validate }: Required<MultiMarginLossOptions>,
): Tensor {
  expectMultiMargin(where, p, weight);
  const code = reductionCode(where, reduction);
  const classes = expectTensor(where, 'input', input).shape.at(-1) ?? 1;
  expectClassIds(where, expectTensor(where, 'target', target), target.dtype, classes, validate);
  return aten.multiMarginLoss(input, target, p, expectNumber(`${where}: margin`, margin), weight, code);
}

/**
 * Multiclass hinge loss: `(1/C)·Σ_{j≠y} w_y·max(0, m - x_y + x_j)^p` (`F.multi_margin_loss`). `multiclassHingeLoss` is the
 * one that does not divide by C.
 *
 * @param input `x`, `[N, C]` or `[C]`: one score per class.
 * @param target `y`, `[N]` int64: class ids.
 * @throws RangeError if `p` is neither 1 nor 2, for a target that is no class id, or an unknown reduction.
 */
export function multiMarginLoss(
  input: Tensor,
  target: Tensor,
  ...rest: Trailing<[p: 1 | 2, margin: number, weight: Tensor | null], MultiMarginLossOptions>
): Tensor {
  const options = readTrailing('multiMarginLoss', multiMarginNames, rest, multiMarginDefaults);
  return multiMargin('multiMarginLoss', input, target, options);
}
