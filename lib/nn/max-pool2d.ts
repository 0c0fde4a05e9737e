/** The maximum of each window. */

import { maxPool2d } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { pair, readTrailing, type Size2, type Trailing } from './arguments.ts';
import { Module } from './module.ts';
import { repr } from './python-repr.ts';

export interface MaxPool2dOptions {
  /** Steps of the window; its size by default. */
  stride?: Size2 | null;
  /** Borders of minus infinity; 0 by default. */
  padding?: Size2;
  dilation?: Size2;
  /** Counts windows that reach beyond the border. */
  ceilMode?: boolean;
}

const defaults: Required<MaxPool2dOptions> = { stride: null, padding: 0, dilation: 1, ceilMode: false };

/** The greatest value of each window: `[N, C, H, W]` to `[N, C, H', W']` (`torch.nn.MaxPool2d`). */
export class MaxPool2d extends Module {
  kernelSize: Size2;
  stride: Size2;
  padding: Size2;
  dilation: Size2;
  ceilMode: boolean;

  constructor(
    kernelSize: Size2,
    ...rest: Trailing<[stride: Size2 | null, padding: Size2, dilation: Size2], MaxPool2dOptions>
  ) {
    super();
    const options = readTrailing('MaxPool2d', ['stride', 'padding', 'dilation'], rest, defaults);
    pair('MaxPool2d: kernelSize', kernelSize);
    this.kernelSize = kernelSize;
    this.stride = options.stride ?? kernelSize;
    this.padding = options.padding;
    this.dilation = options.dilation;
    this.ceilMode = options.ceilMode;
  }

  forward(input: Tensor): Tensor {
    return maxPool2d(input, this.kernelSize, this.stride, this.padding, this.dilation, this.ceilMode);
  }

  override extraRepr(): string {
    return (
      `kernel_size=${repr(this.kernelSize)}, stride=${repr(this.stride)}, padding=${repr(this.padding)}, ` +
      `dilation=${repr(this.dilation)}, ceil_mode=${repr(this.ceilMode)}`
    );
  }
}
