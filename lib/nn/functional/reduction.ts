/** How a loss becomes one number. */

import { describeValue } from '../../errors.ts';
import type { Tensor } from '../../tensor.ts';

/** `'none'` keeps one value per element or sample, `'mean'` and `'sum'` reduce to a tensor without dimensions. */
export type Reduction = 'none' | 'mean' | 'sum';

export interface ReductionOption {
  /** `'mean'` by default. */
  reduction?: Reduction;
}

const codes: Readonly<Record<Reduction, number>> = { none: 0, mean: 1, sum: 2 };

/** libtorch's number for a reduction. @throws RangeError for any other value. */
export function reductionCode(where: string, reduction: Reduction): number {
  const code = Object.hasOwn(codes, reduction) ? codes[reduction] : undefined;
  if (code === undefined) {
    throw new RangeError(`${where}: reduction must be 'none', 'mean' or 'sum', got ${describeValue(reduction)}`);
  }
  return code;
}

/** Applies a reduction to unreduced values. */
export function reduce(where: string, values: Tensor, reduction: Reduction): Tensor {
  if (reduction === 'mean') return values.mean();
  if (reduction === 'sum') return values.sum();
  reductionCode(where, reduction);
  return values;
}
