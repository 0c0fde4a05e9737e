/** The power mean of each window, without the division. */

import type { Tensor } from '../tensor.ts';
import { expectNumber, readTrailing, type Trailing } from './arguments.ts';
import { type LPPoolOptions, lpPool1d, lpPool2d, lpPool3d } from './functional/lp-pool.ts';
import { Module } from './module.ts';
import { repr } from './python-repr.ts';
import { type Dimensions, expectSize, type Size1, type Size2, type Size3 } from './sizes.ts';

type LPPoolArguments<S> = Trailing<[stride: S | null, ceilMode: boolean], LPPoolOptions<S>>;

abstract class LPPoolNd<S extends number | readonly number[]> extends Module {
  normType: number;
  kernelSize: S;
  stride: S | null;
  ceilMode: boolean;

  constructor(dimensions: Dimensions, normType: number, kernelSize: S, rest: LPPoolArguments<S>) {
    super();
    const where = new.target.name;
    const defaults = { stride: null as S | null, ceilMode: false };
    const { stride, ceilMode } = readTrailing(where, ['stride', 'ceilMode'], rest, defaults);
    this.normType = expectNumber(`${where}: normType`, normType);
    this.kernelSize = expectSize(`${where}: kernelSize`, kernelSize, dimensions);
    this.stride = stride === null ? null : expectSize(`${where}: stride`, stride, dimensions);
    this.ceilMode = ceilMode;
  }

  override extraRepr(): string {
    return (
      `norm_type=${repr(this.normType)}, kernel_size=${repr(this.kernelSize)}, stride=${repr(this.stride)}, ` +
      `ceil_mode=${repr(this.ceilMode)}`
    );
  }
}

/** `(Σ x^p)^(1/p)` of each window of a sequence: `[N, C, L]` to `[N, C, L']` (`torch.nn.LPPool1d`). */
export class LPPool1d extends LPPoolNd<Size1> {
  constructor(normType: number, kernelSize: Size1, ...rest: LPPoolArguments<Size1>) {
    super(1, normType, kernelSize, rest);
  }

  forward(input: Tensor): Tensor {
    return lpPool1d(input, this.normType, this.kernelSize, this.stride, this.ceilMode);
  }
}

/** `(Σ x^p)^(1/p)` of each window of an image: `[N, C, H, W]` to `[N, C, H', W']` (`torch.nn.LPPool2d`). */
export class LPPool2d extends LPPoolNd<Size2> {
  constructor(normType: number, kernelSize: Size2, ...rest: LPPoolArguments<Size2>) {
    super(2, normType, kernelSize, rest);
  }

  forward(input: Tensor): Tensor {
    return lpPool2d(input, this.normType, this.kernelSize, this.stride, this.ceilMode);
  }
}

/** `(Σ x^p)^(1/p)` of each window of a volume: `[N, C, D, H, W]` to `[N, C, D', H', W']` (`torch.nn.LPPool3d`). */
export class LPPool3d extends LPPoolNd<Size3> {
  constructor(normType: number, kernelSize: Size3, ...rest: LPPoolArguments<Size3>) {
    super(3, normType, kernelSize, rest);
  }

  forward(input: Tensor): Tensor {
    return lpPool3d(input, this.normType, this.kernelSize, this.stride, this.ceilMode);
  }
}
