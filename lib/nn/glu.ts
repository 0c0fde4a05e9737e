/** The gated linear unit. */

import { ShapeError } from '../errors.ts';
import { glu } from '../generated/nn.ts';
import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import { Module } from './module.ts';

export interface GLUOptions {
  /** The dimension that is halved; the last by default. */
  dim?: number;
}

/** `a·σ(b)` of the two halves of the input, whose size along `dim` must be even (`torch.nn.GLU`). */
export class GLU extends Module {
  dim: number;

  constructor(...rest: Trailing<[dim: number], GLUOptions>) {
    super();
    this.dim = readTrailing('GLU', ['dim'], rest, { dim: -1 }).dim;
  }

  forward(input: Tensor): Tensor {
    if (input.ndim === 0) throw new ShapeError('GLU: input must have a dimension to halve, got []');
    return glu(input, this.dim);
  }

  override extraRepr(): string {
    return `dim=${this.dim}`;
  }
}
