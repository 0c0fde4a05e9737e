/** The maximum of windows that follow from the output's size. */

import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import {
  type AdaptiveMaxPoolOptions,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
  type OutputSize2,
  type OutputSize3,
} from './functional/adaptive-pool.ts';
import type { Pooled } from './functional/pooled.ts';
import { Module } from './module.ts';
import { repr } from './python-repr.ts';
import type { Size1 } from './sizes.ts';

type AdaptiveMaxPoolArguments<R extends boolean> = Trailing<[returnIndices: R], AdaptiveMaxPoolOptions<R>>;

abstract class AdaptiveMaxPoolNd<S, R extends boolean> extends Module {
  outputSize: S;
  returnIndices: R;

  constructor(outputSize: S, rest: AdaptiveMaxPoolArguments<R>) {
    super();
    const defaults = { returnIndices: false } as Required<AdaptiveMaxPoolOptions<R>>;
    this.outputSize = outputSize;
    this.returnIndices = readTrailing(new.target.name, ['returnIndices'], rest, defaults).returnIndices;
  }

  override extraRepr(): string {
    return `output_size=${repr(this.outputSize)}`;
  }
}

/** The greatest value of each of L' windows: `[N, C, L]` to `[N, C, L']` (`torch.nn.AdaptiveMaxPool1d`). */
export class AdaptiveMaxPool1d<R extends boolean = false> extends AdaptiveMaxPoolNd<Size1, R> {
  constructor(outputSize: Size1, ...rest: AdaptiveMaxPoolArguments<R>) {
    super(outputSize, rest);
  }

  forward(input: Tensor): Pooled<R> {
    return adaptiveMaxPool1d(input, this.outputSize, this.returnIndices);
  }
}

/** The greatest value of each window: `[N, C, H, W]` to `[N, C, H', W']` (`torch.nn.AdaptiveMaxPool2d`). */
export class AdaptiveMaxPool2d<R extends boolean = false> extends AdaptiveMaxPoolNd<OutputSize2, R> {
  constructor(outputSize: OutputSize2, ...rest: AdaptiveMaxPoolArguments<R>) {
    super(outputSize, rest);
  }

  forward(input: Tensor): Pooled<R> {
    return adaptiveMaxPool2d(input, this.outputSize, this.returnIndices);
  }
}

/** The greatest value of each window: `[N, C, D, H, W]` to `[N, C, D', H', W']` (`torch.nn.AdaptiveMaxPool3d`). */
export class AdaptiveMaxPool3d<R extends boolean = false> extends AdaptiveMaxPoolNd<OutputSize3, R> {
  constructor(outputSize: OutputSize3, ...rest: AdaptiveMaxPoolArguments<R>) {
    super(outputSize, rest);
  }

  forward(input: Tensor): Pooled<R> {
    return adaptiveMaxPool3d(input, this.outputSize, this.returnIndices);
  }
}
