/** Values put back where a max pooling took them from. */

import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import { type MaxUnpoolOptions, maxUnpool1d, maxUnpool2d, maxUnpool3d } from './functional/max-unpool.ts';
import { Module } from './module.ts';
import { repr } from './python-repr.ts';
import { type Dimensions, eachSize, type Size1, type Size2, type Size3, type SizeOf } from './sizes.ts';

/** Options of an unpooling layer whose sizes are of type `S`. */
export type MaxUnpoolLayerOptions<S> = Omit<MaxUnpoolOptions<S>, 'outputSize'>;
type MaxUnpoolArguments<S> = Trailing<[stride: S | null, padding: S], MaxUnpoolLayerOptions<S>>;

abstract class MaxUnpoolNd<T extends number[]> extends Module {
  kernelSize: T;
  stride: T;
  padding: T;

  constructor(dimensions: Dimensions, kernelSize: SizeOf<T>, rest: MaxUnpoolArguments<SizeOf<T>>) {
    super();
    const where = new.target.name;
    const defaults = { stride: null as SizeOf<T> | null, padding: 0 as SizeOf<T> };
    const { stride, padding } = readTrailing(where, ['stride', 'padding'], rest, defaults);
    this.kernelSize = eachSize(`${where}: kernelSize`, kernelSize, dimensions);
    this.stride = eachSize(`${where}: stride`, stride ?? kernelSize, dimensions);
    this.padding = eachSize(`${where}: padding`, padding, dimensions);
  }

  override extraRepr(): string {
    return `kernel_size=${repr(this.kernelSize)}, stride=${repr(this.stride)}, padding=${repr(this.padding)}`;
  }
}

/** The reverse of `MaxPool1d`, with zeros elsewhere: `[N, C, L]` to `[N, C, L']` (`torch.nn.MaxUnpool1d`). */
export class MaxUnpool1d extends MaxUnpoolNd<[number]> {
  constructor(kernelSize: Size1, ...rest: MaxUnpoolArguments<Size1>) {
    super(1, kernelSize, rest);
  }

  /** @param outputSize the output's size, where several pool to the input's. */
  forward(input: Tensor, indices: Tensor, outputSize?: readonly number[] | null): Tensor {
    return maxUnpool1d(input, indices, this.kernelSize, this.stride, this.padding, outputSize ?? null);
  }
}

/** The reverse of `MaxPool2d`, with zeros elsewhere: `[N, C, H, W]` to `[N, C, H', W']` (`torch.nn.MaxUnpool2d`). */
export class MaxUnpool2d extends MaxUnpoolNd<[number, number]> {
  constructor(kernelSize: Size2, ...rest: MaxUnpoolArguments<Size2>) {
    super(2, kernelSize, rest);
  }

  /** @param outputSize the output's size, where several pool to the input's. */
  forward(input: Tensor, indices: Tensor, outputSize?: readonly number[] | null): Tensor {
    return maxUnpool2d(input, indices, this.kernelSize, this.stride, this.padding, outputSize ?? null);
  }
}

/**
 * The reverse of `MaxPool3d`, with zeros elsewhere: `[N, C, D, H, W]` to `[N, C, D', H', W']` (`torch.nn.MaxUnpool3d`).
 */
export class MaxUnpool3d extends MaxUnpoolNd<[number, number, number]> {
  constructor(kernelSize: Size3, ...rest: MaxUnpoolArguments<Size3>) {
    super(3, kernelSize, rest);
  }

  /** @param outputSize the output's size, where several pool to the input's. */
  forward(input: Tensor, indices: Tensor, outputSize?: readonly number[] | null): Tensor {
    return maxUnpool3d(input, indices, this.kernelSize, this.stride, this.padding, outputSize ?? null);
  }
}
