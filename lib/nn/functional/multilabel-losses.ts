/** Losses of samples that belong to several classes. */

import * as aten from '../../generated/nn.ts';
import { sub } from '../../generated/torch.ts';
import type { Tensor } from '../../tensor.ts';
import { readTrailing, type Trailing } from '../arguments.ts';
import type { WeightOption } from './cross-entropy.ts';
import { expectClassLists, expectFractions, expectTensor, type ValidateOption } from './labels.ts';
import { type ReductionOption, reduce, reductionCode } from './reduction.ts';

export interface MultiLabelMarginLossOptions extends ReductionOption, ValidateOption {}

/** @internal */
export const multiLabelMarginDefaults: Required<MultiLabelMarginLossOptions> = { reduction: 'mean', validate: true };

/** @internal The loss of options that were read. */
export function multiLabelMargin(
  where: string,
  input: Tensor,
  target: Tensor,
  { reduction, validate }: Required<MultiLabelMarginLossOptions>,
): Tensor {
  const classes = expectTensor(where, 'input', input).shape.at(-1) ?? 1;
  expectClassLists(where, expectTensor(where, 'target', target), classes, validate);
  return aten.multilabelMarginLoss(input, target, reductionCode(where, reduction));
}

/**
 * `(1/C)·Σ_j Σ_i max(0, 1 - (x_j - x_i))` over classes j of the sample and all others i (`F.multilabel_margin_loss`).
 *
 * @param input `x`, `[N, C]` or `[C]`: one score per class.
 * @param target int64 of the same shape: class ids, and -1 after the last of them.
 * @throws DTypeError for another dtype, RangeError for what is no class id.
 */
export function multilabelMarginLoss(
  input: Tensor,
  target: Tensor,
  ...rest: Trailing<[], MultiLabelMarginLossOptions>
): Tensor {
  const options = readTrailing('multilabelMarginLoss', [], rest, multiLabelMarginDefaults);
  return multiLabelMargin('multilabelMarginLoss', input, target, options);
}

export interface MultiLabelSoftMarginLossOptions extends WeightOption, ValidateOption {}

/** @internal */
export const multiLabelSoftMarginDefaults: Required<MultiLabelSoftMarginLossOptions> = {
  weight: null,
  reduction: 'mean',
  validate: true,
};

/** @internal The loss of options that were read. */
export function multiLabelSoftMargin(
  where: string,
  input: Tensor,
  target: Tensor,
  { weight, reduction, validate }: Required<MultiLabelSoftMarginLossOptions>,
): Tensor {
  const classes = expectTensor(where, 'input', input).shape.at(-1) ?? 1;
  expectFractions(where, expectTensor(where, 'target', target), validate);
  const yes = target.mul(aten.logSigmoid(input));
  const no = sub(1, target).mul(aten.logSigmoid(input.neg()));
  const loss = yes.add(no).neg();
  const weighted = weight === null ? loss : loss.mul(weight);
  return reduce(where, weighted.sum(input.ndim - 1).div(classes), reduction);
}

/**
 * The mean over classes of the binary cross entropy of each score (`F.multilabel_soft_margin_loss`).
 *
 * @param input scores `[N, C]` or `[C]`.
 * @param target of the same shape: 1 for the classes of a sample, 0 for all others.
 * @throws RangeError for a label outside of 0 to 1.
 */
export function multilabelSoftMarginLoss(
  input: Tensor,
  target: Tensor,
  ...rest: Trailing<[weight: Tensor | null], MultiLabelSoftMarginLossOptions>
): Tensor {
  const options = readTrailing('multilabelSoftMarginLoss', ['weight'], rest, multiLabelSoftMarginDefaults);
  return multiLabelSoftMargin('multilabelSoftMarginLoss', input, target, options);
}
