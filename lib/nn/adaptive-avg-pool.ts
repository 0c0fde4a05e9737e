/** The mean of windows that follow from the output's size. */

import { adaptiveAvgPool1d } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import {
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  type OutputSize2,
  type OutputSize3,
} from './functional/adaptive-pool.ts';
import { Module } from './module.ts';
import { repr } from './python-repr.ts';
import type { Size1 } from './sizes.ts';

abstract class AdaptiveAvgPoolNd<S> extends Module {
  outputSize: S;

  constructor(outputSize: S) {
    super();
    this.outputSize = outputSize;
  }

  override extraRepr(): string {
    return `output_size=${repr(this.outputSize)}`;
  }
}

/** The mean of each of L' windows: `[N, C, L]` to `[N, C, L']` (`torch.nn.AdaptiveAvgPool1d`). */
export class AdaptiveAvgPool1d extends AdaptiveAvgPoolNd<Size1> {
  forward(input: Tensor): Tensor {
    return adaptiveAvgPool1d(input, this.outputSize);
  }
}

/** The mean of each window: `[N, C, H, W]` to `[N, C, H', W']` (`torch.nn.AdaptiveAvgPool2d`). */
export class AdaptiveAvgPool2d extends AdaptiveAvgPoolNd<OutputSize2> {
  forward(input: Tensor): Tensor {
    return adaptiveAvgPool2d(input, this.outputSize);
  }
}

/** The mean of each window: `[N, C, D, H, W]` to `[N, C, D', H', W']` (`torch.nn.AdaptiveAvgPool3d`). */
export class AdaptiveAvgPool3d extends AdaptiveAvgPoolNd<OutputSize3> {
  forward(input: Tensor): Tensor {
    return adaptiveAvgPool3d(input, this.outputSize);
  }
}
