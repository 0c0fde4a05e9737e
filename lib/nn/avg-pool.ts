/** The mean of each window. */

import { avgPool2d, avgPool3d } from '../generated/nn.ts';
import { avgPool1d } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import { Module } from './module.ts';
import { repr } from './python-repr.ts';
import { type Dimensions, eachSize, expectSize, type Size1, type Size2, type Size3 } from './sizes.ts';

/** Options of an average pooling whose sizes are of type `S`. */
export interface AvgPoolOptions<S> {
  /** Steps of the window; its size by default. */
  stride?: S | null;
  /** Borders of zeros; 0 by default. */
  padding?: S;
  /** Counts windows that reach beyond the border. */
  ceilMode?: boolean;
  /** Whether borders count in the mean; true by default. */
  countIncludePad?: boolean;
  /** What sums are divided by instead of the window's size; not in one dimension. */
  divisorOverride?: number | null;
}

type Named<S> = [stride: S | null, padding: S, ceilMode: boolean, countIncludePad: boolean];
type AvgPoolArguments<S> = Trailing<[...Named<S>, divisorOverride: number | null], AvgPoolOptions<S>>;
type AvgPool1dOptions = Omit<AvgPoolOptions<Size1>, 'divisorOverride'>;

const names = ['stride', 'padding', 'ceilMode', 'countIncludePad'] as const;
const defaults = { stride: null, padding: 0, ceilMode: false, countIncludePad: true };

/** The base of average poolings; sizes stay as they were given. */
abstract class AvgPoolNd<S extends number | readonly number[]> extends Module {
  kernelSize: S;
  stride: S;
  padding: S;
  ceilMode: boolean;
  countIncludePad: boolean;

  constructor(dimensions: Dimensions, kernelSize: S, options: AvgPoolOptions<S>) {
    super();
    const where = new.target.name;
    const { stride, padding, ceilMode, countIncludePad } = options as Required<AvgPoolOptions<S>>;
    this.kernelSize = expectSize(`${where}: kernelSize`, kernelSize, dimensions);
    this.stride = expectSize(`${where}: stride`, stride ?? kernelSize, dimensions);
    this.padding = expectSize(`${where}: padding`, padding, dimensions);
    this.ceilMode = ceilMode;
    this.countIncludePad = countIncludePad;
  }

  override extraRepr(): string {
    return `kernel_size=${repr(this.kernelSize)}, stride=${repr(this.stride)}, padding=${repr(this.padding)}`;
  }
}

abstract class DividedAvgPool<S extends number | readonly number[]> extends AvgPoolNd<S> {
  divisorOverride: number | null;

  constructor(dimensions: Dimensions, kernelSize: S, rest: AvgPoolArguments<S>) {
    const all = { ...defaults, divisorOverride: null } as unknown as Required<AvgPoolOptions<S>>;
    const options = readTrailing(new.target.name, [...names, 'divisorOverride'], rest, all);
    super(dimensions, kernelSize, options);
    this.divisorOverride = options.divisorOverride;
  }
}

/** The mean of each window of a sequence: `[N, C, L]` to `[N, C, L']` (`torch.nn.AvgPool1d`). */
export class AvgPool1d extends AvgPoolNd<readonly [number]> {
  constructor(kernelSize: Size1, ...rest: Trailing<Named<Size1>, AvgPool1dOptions>) {
    const where = new.target.name;
    const options = readTrailing(where, names, rest, defaults as Required<AvgPool1dOptions>);
    // This one keeps its sizes as tuples, and prints them so.
    super(1, eachSize<[number]>(`${where}: kernelSize`, kernelSize, 1), {
      ...options,
      stride: options.stride === null ? null : eachSize<[number]>(`${where}: stride`, options.stride, 1),
      padding: eachSize<[number]>(`${where}: padding`, options.padding, 1),
    });
  }

  forward(input: Tensor): Tensor {
    return avgPool1d(input, this.kernelSize, this.stride, this.padding, this.ceilMode, this.countIncludePad);
  }
}

/** The mean of each window of an image: `[N, C, H, W]` to `[N, C, H', W']` (`torch.nn.AvgPool2d`). */
export class AvgPool2d extends DividedAvgPool<Size2> {
  constructor(kernelSize: Size2, ...rest: AvgPoolArguments<Size2>) {
    super(2, kernelSize, rest);
  }

  forward(input: Tensor): Tensor {
    const { kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride } = this;
    return avgPool2d(input, kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride);
  }
}

/** The mean of each window of a volume: `[N, C, D, H, W]` to `[N, C, D', H', W']` (`torch.nn.AvgPool3d`). */
export class AvgPool3d extends DividedAvgPool<Size3> {
  constructor(kernelSize: Size3, ...rest: AvgPoolArguments<Size3>) {
    super(3, kernelSize, rest);
  }

  forward(input: Tensor): Tensor {
    const { kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride } = this;
    return avgPool3d(input, kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride);
  }
}
