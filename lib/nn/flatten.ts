/** Several dimensions as one. */

import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import { Module } from './module.ts';

export interface FlattenOptions {
  /** The first dimension to join; 1 by default, so that the batch stays. */
  startDim?: number;
  /** The last one; -1 by default. */
  endDim?: number;
}

/** Joins dimensions: `[N, C, H, W]` to `[N, C·H·W]` (`torch.nn.Flatten`). */
export class Flatten extends Module {
  startDim: number;
  endDim: number;

  constructor(...rest: Trailing<[startDim: number, endDim: number], FlattenOptions>) {
    super();
    const options = readTrailing('Flatten', ['startDim', 'endDim'], rest, { startDim: 1, endDim: -1 });
    this.startDim = options.startDim;
    this.endDim = options.endDim;
  }

  forward(input: Tensor): Tensor {
    return input.flatten(this.startDim, this.endDim);
  }

  override extraRepr(): string {
    return `start_dim=${this.startDim}, end_dim=${this.endDim}`;
  }
}
