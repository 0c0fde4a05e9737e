/** The maximum of each of many windows that lie at random. */

import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import {
  eachRatio,
  type FractionalMaxPoolOptions,
  fractionalMaxPool2d,
  fractionalMaxPool3d,
} from './functional/fractional-max-pool.ts';
import type { Pooled } from './functional/pooled.ts';
import { Module } from './module.ts';
import { type Dimensions, eachSize, type Size2, type Size3, type SizeOf } from './sizes.ts';

type FractionalMaxPoolArguments<S, R extends boolean> = Trailing<
  [outputSize: S | null, outputRatio: S | null, returnIndices: R, _randomSamples: Tensor | null],
  FractionalMaxPoolOptions<S, R>
>;

const names = ['outputSize', 'outputRatio', 'returnIndices', '_randomSamples'] as const;
const defaults = { outputSize: null, outputRatio: null, returnIndices: false, _randomSamples: null };

abstract class FractionalMaxPoolNd<T extends number[], R extends boolean> extends Module {
  kernelSize: T;
  returnIndices: R;
  /** Where windows lie; null draws anew in each call. */
  _random_samples: Tensor | null;
  outputSize: T | null;
  outputRatio: T | null;

  constructor(dimensions: Dimensions, kernelSize: SizeOf<T>, rest: FractionalMaxPoolArguments<SizeOf<T>, R>) {
    super();
    const where = new.target.name;
    type Options = Required<FractionalMaxPoolOptions<SizeOf<T>, R>>;
    const options = readTrailing(where, names, rest, defaults as unknown as Options);
    const { outputRatio, outputSize } = options;
    this.kernelSize = eachSize(`${where}: kernelSize`, kernelSize, dimensions);
    if (!this.kernelSize.every((size) => size > 0)) {
      throw new RangeError(`${where}: kernelSize must be at least 1, got [${this.kernelSize}]`);
    }
    if ((outputSize === null) === (outputRatio === null)) {
      throw new TypeError(`${where}: one of outputSize and outputRatio must be given, and not both`);
    }
    this.returnIndices = options.returnIndices;
    this._random_samples = this.registerBuffer('_random_samples', options._randomSamples);
    this.outputSize = outputSize === null ? null : eachSize(`${where}: outputSize`, outputSize, dimensions);
    this.outputRatio =
      outputRatio === null ? null : (eachRatio(`${where}: outputRatio`, outputRatio as number, dimensions) as T);
  }
}

/**
 * The greatest value of windows at random: `[N, C, H, W]` to `[N, C, H', W']` (`torch.nn.FractionalMaxPool2d`). One of
 * `outputSize` and `outputRatio` must be given.
 * @throws RangeError for a ratio that is not between 0 and 1.
 */
export class FractionalMaxPool2d<R extends boolean = false> extends FractionalMaxPoolNd<[number, number], R> {
  constructor(kernelSize: Size2, ...rest: FractionalMaxPoolArguments<Size2, R>) {
    super(2, kernelSize, rest);
  }

  forward(input: Tensor): Pooled<R> {
    const { kernelSize, outputSize, outputRatio, returnIndices, _random_samples } = this;
    return fractionalMaxPool2d(input, kernelSize, outputSize, outputRatio, returnIndices, _random_samples);
  }
}

/**
 * The greatest value of windows at random: `[N, C, D, H, W]` to `[N, C, D', H', W']` (`torch.nn.FractionalMaxPool3d`).
 * One of `outputSize` and `outputRatio` must be given.
 * @throws RangeError for a ratio that is not between 0 and 1.
 */
export class FractionalMaxPool3d<R extends boolean = false> extends FractionalMaxPoolNd<[number, number, number], R> {
  constructor(kernelSize: Size3, ...rest: FractionalMaxPoolArguments<Size3, R>) {
    super(3, kernelSize, rest);
  }

  forward(input: Tensor): Pooled<R> {
    const { kernelSize, outputSize, outputRatio, returnIndices, _random_samples } = this;
    return fractionalMaxPool3d(input, kernelSize, outputSize, outputRatio, returnIndices, _random_samples);
  }
}
