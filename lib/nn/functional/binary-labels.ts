/** Two conventions for labels of two classes, and which of them is meant. */

import { type DType, isFloatingDType } from '../../dtype.ts';
import { describeValue } from '../../errors.ts';
import { scope } from '../../scope.ts';
import type { Tensor } from '../../tensor.ts';
import { expectSigns, expectZeroOne } from './labels.ts';

/**
 * What labels look like: `'pm1'` -1 and +1, `'01'` 0 and 1 (or a bool), `'auto'` whichever they are: 1 is the positive class
 * in both, and a bool or a label 0 says that they are of the second kind.
 */
export type BinaryLabels = 'pm1' | '01' | 'auto';

export interface BinaryLabelsOption {
  /** `'pm1'` by default: labels of the other convention are refused and not guessed. */
  labels?: BinaryLabels;
}

const conventions: readonly BinaryLabels[] = ['pm1', '01', 'auto'];

/** @internal */
export function expectConvention(where: string, labels: BinaryLabels): BinaryLabels {
  if (conventions.includes(labels)) return labels;
  throw new RangeError(`${where}: labels must be 'pm1', '01' or 'auto', got ${describeValue(labels)}`);
}

/** The convention that labels follow; on `meta`, where there are no values, a number is a sign. */
function conventionOf(targets: Tensor, dtype: DType): 'pm1' | '01' {
  if (dtype === 'bool') return '01';
  if (targets.isMeta || scope(() => targets.lt(0).any().item() === true)) return 'pm1';
  return '01';
}

/** @internal Labels as -1 and +1: themselves where they are, otherwise of the dtype `like`; `ties` may be 0 among -1 and +1. */
export function signsOf(
  where: string,
  targets: Tensor,
  dtype: DType,
  { labels, validate }: { labels: BinaryLabels; validate: boolean },
  like: DType,
  ties = false,
): Tensor {
  const asked = expectConvention(where, labels);
  const convention = asked === 'auto' ? conventionOf(targets, dtype) : asked;
  if (convention === 'pm1') {
    expectSigns(where, targets, dtype, validate, ties);
    return targets;
  }
  expectZeroOne(where, targets, '0 or 1', validate, 'targets');
  return (isFloatingDType(dtype) ? targets : targets.to(like)).mul(2).sub(1);
}

/** @internal Labels as 0 and 1 of the dtype `like`, for the losses whose own convention that is. */
export function zeroOnesOf(
  where: string,
  y: Tensor,
  dtype: DType,
  { labels, validate }: { labels: BinaryLabels; validate: boolean },
  meaning: string,
  like: DType,
): Tensor {
  const asked = expectConvention(where, labels);
  const convention = asked === 'auto' ? conventionOf(y, dtype) : asked;
  if (convention === 'pm1') {
    expectSigns(where, y, dtype, validate);
    return y.to(like).add(1).div(2);
  }
  expectZeroOne(where, y, meaning, validate);
  // A bool has no 1 - y in PyTorch either.
  return dtype === 'bool' ? y.to(like) : y;
}
