/** The maximum of each window. */

import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import { type MaxPoolOptions, maxPool1d, maxPool2d, maxPool3d } from './functional/max-pool.ts';
import type { Pooled } from './functional/pooled.ts';
import { Module } from './module.ts';
import { repr } from './python-repr.ts';
import { type Dimensions, expectSize, type Size1, type Size2, type Size3 } from './sizes.ts';

type MaxPoolArguments<S, R extends boolean> = Trailing<
  [stride: S | null, padding: S, dilation: S, returnIndices: R, ceilMode: boolean],
  MaxPoolOptions<S, R>
>;

const names = ['stride', 'padding', 'dilation', 'returnIndices', 'ceilMode'] as const;
const defaults = { stride: null, padding: 0, dilation: 1, returnIndices: false, ceilMode: false };

abstract class MaxPoolNd<S extends number | readonly number[], R extends boolean> extends Module {
  kernelSize: S;
  stride: S;
  padding: S;
  dilation: S;
  returnIndices: R;
  ceilMode: boolean;

  constructor(dimensions: Dimensions, kernelSize: S, rest: MaxPoolArguments<S, R>) {
    super();
    const where = new.target.name;
    const options = readTrailing(where, names, rest, defaults as unknown as Required<MaxPoolOptions<S, R>>);
    this.kernelSize = expectSize(`${where}: kernelSize`, kernelSize, dimensions);
    this.stride = expectSize(`${where}: stride`, options.stride ?? kernelSize, dimensions);
    this.padding = expectSize(`${where}: padding`, options.padding, dimensions);
    this.dilation = expectSize(`${where}: dilation`, options.dilation, dimensions);
    this.returnIndices = options.returnIndices;
    this.ceilMode = options.ceilMode;
  }

  override extraRepr(): string {
    return (
      `kernel_size=${repr(this.kernelSize)}, stride=${repr(this.stride)}, padding=${repr(this.padding)}, ` +
      `dilation=${repr(this.dilation)}, ceil_mode=${repr(this.ceilMode)}`
    );
  }
}

/**
 * The greatest value of each window of a sequence: `[N, C, L]` to `[N, C, L']`, with `returnIndices` also where it stood
 * (`torch.nn.MaxPool1d`).
 */
export class MaxPool1d<R extends boolean = false> extends MaxPoolNd<Size1, R> {
  constructor(kernelSize: Size1, ...rest: MaxPoolArguments<Size1, R>) {
    super(1, kernelSize, rest);
  }

  forward(input: Tensor): Pooled<R> {
    const { kernelSize, stride, padding, dilation, ceilMode, returnIndices } = this;
    return maxPool1d(input, kernelSize, stride, padding, dilation, ceilMode, returnIndices);
  }
}

/**
 * The greatest value of each window of an image: `[N, C, H, W]` to `[N, C, H', W']`, with `returnIndices` also where it
 * stood (`torch.nn.MaxPool2d`).
 *
 * @example
 * const [values, indices] = new nn.MaxPool2d(2, { returnIndices: true })(images);
 * new nn.MaxUnpool2d(2)(values, indices); // of the shape of images
 */
export class MaxPool2d<R extends boolean = false> extends MaxPoolNd<Size2, R> {
  constructor(kernelSize: Size2, ...rest: MaxPoolArguments<Size2, R>) {
    super(2, kernelSize, rest);
  }

  forward(input: Tensor): Pooled<R> {
    const { kernelSize, stride, padding, dilation, ceilMode, returnIndices } = this;
    return maxPool2d(input, kernelSize, stride, padding, dilation, ceilMode, returnIndices);
  }
}

/**
 * The greatest value of each window of a volume: `[N, C, D, H, W]` to `[N, C, D', H', W']`, with `returnIndices` also
 * where it stood (`torch.nn.MaxPool3d`).
 */
export class MaxPool3d<R extends boolean = false> extends MaxPoolNd<Size3, R> {
  constructor(kernelSize: Size3, ...rest: MaxPoolArguments<Size3, R>) {
    super(3, kernelSize, rest);
  }

  forward(input: Tensor): Pooled<R> {
    const { kernelSize, stride, padding, dilation, ceilMode, returnIndices } = this;
    return maxPool3d(input, kernelSize, stride, padding, dilation, ceilMode, returnIndices);
  }
}
