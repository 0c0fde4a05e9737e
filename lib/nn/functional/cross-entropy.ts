/** Cross entropies: of logits and class ids or probabilities, and of yes-or-no questions. */

import { ShapeError } from '../../errors.ts';
import * as aten from '../../generated/nn.ts';
import * as torch from '../../generated/torch.ts';
import type { Tensor } from '../../tensor.ts';
import { readTrailing, type Trailing } from '../arguments.ts';
import { expectTensor } from './labels.ts';
import { type ReductionOption, reductionCode } from './reduction.ts';

export interface WeightOption extends ReductionOption {
  /** A factor for each class, or for each element. */
  weight?: Tensor | null;
}

export interface CrossEntropyOptions extends WeightOption {
  /** The class id that counts for nothing; -100 by default. */
  ignoreIndex?: number;
  /** 0 to 1: how much of the target is spread over all classes; 0 by default. */
  labelSmoothing?: number;
}

/** @internal */
export const crossEntropyDefaults: Required<CrossEntropyOptions> = {
  weight: null,
  reduction: 'mean',
  ignoreIndex: -100,
  labelSmoothing: 0,
};

/** @internal The loss of options that were read. */
export function crossEntropyOf(
  where: string,
  input: Tensor,
  target: Tensor,
  { weight, reduction, ignoreIndex, labelSmoothing }: Required<CrossEntropyOptions>,
): Tensor {
  return aten.crossEntropyLoss(
    expectTensor(where, 'input', input),
    expectTensor(where, 'target', target),
    weight,
    reductionCode(where, reduction),
    ignoreIndex,
    labelSmoothing,
  );
}

/** Cross entropy of logits `[N, C, …]` and class ids `[N, …]` or probabilities `[N, C, …]` (`F.cross_entropy`). */
export function crossEntropy(
  input: Tensor,
  target: Tensor,
  ...rest: Trailing<[weight: Tensor | null], CrossEntropyOptions>
): Tensor {
  return crossEntropyOf(
    'crossEntropy',
    input,
    target,
    readTrailing('crossEntropy', ['weight'], rest, crossEntropyDefaults),
  );
}

/** @internal */
export const binaryDefaults: Required<WeightOption> = { weight: null, reduction: 'mean' };

function expectSameShape(where: string, input: Tensor, target: Tensor): void {
  const [a, b] = [expectTensor(where, 'input', input).shape, expectTensor(where, 'target', target).shape];
  if (a.length !== b.length || a.some((size, i) => size !== b[i])) {
    throw new ShapeError(`${where}: target must be [${a.join(', ')}] to match input, got [${b.join(', ')}]`);
  }
}

/** @internal The loss of options that were read. */
export function binary(
  where: string,
  input: Tensor,
  target: Tensor,
  { weight, reduction }: Required<WeightOption>,
): Tensor {
  expectSameShape(where, input, target);
  const expanded = weight === null ? null : (torch.broadcastTensors([target, weight])[1] as Tensor);
  return aten.binaryCrossEntropy(input, target, expanded, reductionCode(where, reduction));
}

/**
 * Cross entropy of probabilities and targets from 0 to 1 of the same shape (`F.binary_cross_entropy`).
 * @throws ShapeError if the shapes differ.
 */
export function binaryCrossEntropy(
  input: Tensor,
  target: Tensor,
  ...rest: Trailing<[weight: Tensor | null], WeightOption>
): Tensor {
  const options = readTrailing('binaryCrossEntropy', ['weight'], rest, binaryDefaults);
  return binary('binaryCrossEntropy', input, target, options);
}

export interface BinaryCrossEntropyWithLogitsOptions extends WeightOption {
  /** A factor for the positive answers of each class. */
  posWeight?: Tensor | null;
}

/** @internal */
export const binaryWithLogitsDefaults: Required<BinaryCrossEntropyWithLogitsOptions> = {
  weight: null,
  reduction: 'mean',
  posWeight: null,
};

/** @internal The loss of options that were read. */
export function binaryWithLogits(
  where: string,
  input: Tensor,
  target: Tensor,
  { weight, reduction, posWeight }: Required<BinaryCrossEntropyWithLogitsOptions>,
): Tensor {
  expectSameShape(where, input, target);
  return torch.binaryCrossEntropyWithLogits(input, target, weight, posWeight, reductionCode(where, reduction));
}

/**
 * Cross entropy of logits and targets from 0 to 1 of the same shape (`F.binary_cross_entropy_with_logits`).
 * @throws ShapeError if the shapes differ.
 */
export function binaryCrossEntropyWithLogits(
  input: Tensor,
  target: Tensor,
  ...rest: Trailing<[weight: Tensor | null], BinaryCrossEntropyWithLogitsOptions>
): Tensor {
  const where = 'binaryCrossEntropyWithLogits';
  return binaryWithLogits(where, input, target, readTrailing(where, ['weight'], rest, binaryWithLogitsDefaults));
}
