/** Softmax and its relatives as layers. */

import { ShapeError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import { logSoftmax, softmax, softmin } from './functional/softmax.ts';
import { Module } from './module.ts';
import { repr } from './python-repr.ts';

export interface SoftmaxLayerOptions {
  /** The dimension along which values sum to 1. Leaving it out is deprecated: then it depends on the rank. */
  dim?: number | null;
}

/** What all of them have: a dimension. */
abstract class SoftmaxLayer extends Module {
  dim: number | null;

  constructor(...rest: Trailing<[dim: number | null], SoftmaxLayerOptions>) {
    super();
    const defaults: Required<SoftmaxLayerOptions> = { dim: null };
    this.dim = readTrailing(new.target.name, ['dim'], rest, defaults).dim;
  }

  abstract override forward(input: Tensor): Tensor;

  override extraRepr(): string {
    return `dim=${repr(this.dim)}`;
  }
}

/** `exp(x) / Σ exp(x)` along a dimension (`torch.nn.Softmax`). */
export class Softmax extends SoftmaxLayer {
  forward(input: Tensor): Tensor {
    return softmax(input, this.dim);
  }
}

/** The softmax of `-x` (`torch.nn.Softmin`). */
export class Softmin extends SoftmaxLayer {
  forward(input: Tensor): Tensor {
    return softmin(input, this.dim);
  }
}

/** The logarithm of the softmax, computed stably (`torch.nn.LogSoftmax`). */
export class LogSoftmax extends SoftmaxLayer {
  forward(input: Tensor): Tensor {
    return logSoftmax(input, this.dim);
  }
}

/** The softmax over the channels of `[N, C, H, W]` or `[C, H, W]` (`torch.nn.Softmax2d`). */
export class Softmax2d extends Module {
  /** @throws ShapeError for any other rank. */
  forward(input: Tensor): Tensor {
    const rank = input.ndim;
    if (rank !== 3 && rank !== 4) {
      throw new ShapeError(`Softmax2d: input must be [N, C, H, W] or [C, H, W], got [${input.shape.join(', ')}]`);
    }
    return softmax(input, -3);
  }
}
