/** One dimension as several. */

import { describeValue } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { Module } from './module.ts';
import { repr } from './python-repr.ts';

/**
 * Splits a dimension: with `(1, [C, H, W])` `[N, C·H·W]` to `[N, C, H, W]` (`torch.nn.Unflatten`). One size may be -1.
 * @throws TypeError for sizes that are no integers.
 */
export class Unflatten extends Module {
  dim: number;
  unflattenedSize: readonly number[];

  constructor(dim: number, unflattenedSize: readonly number[]) {
    super();
    if (!Array.isArray(unflattenedSize) || !unflattenedSize.every((size) => Number.isSafeInteger(size))) {
      throw new TypeError(
        `Unflatten: unflattenedSize must be an array of integers, got ${describeValue(unflattenedSize)}`,
      );
    }
    this.dim = dim;
    this.unflattenedSize = [...unflattenedSize];
  }

  forward(input: Tensor): Tensor {
    return input.unflatten(this.dim, this.unflattenedSize);
  }

  override extraRepr(): string {
    return `dim=${repr(this.dim)}, unflattened_size=${repr(this.unflattenedSize)}`;
  }
}
