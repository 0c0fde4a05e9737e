/** Another resolution, as layers. */

import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import { type InterpolateMode, type InterpolateOptions, interpolate } from './functional/interpolate.ts';
import { Module } from './module.ts';
import { repr, reprFloat } from './python-repr.ts';
import type { Size2 } from './sizes.ts';

export type UpsampleOptions = Omit<InterpolateOptions, 'antialias'>;
type SizeOrFactor = number | readonly number[] | null;

const names = ['size', 'scaleFactor', 'mode', 'alignCorners', 'recomputeScaleFactor'] as const;
const defaults: Required<UpsampleOptions> = {
  size: null,
  scaleFactor: null,
  mode: 'nearest',
  alignCorners: null,
  recomputeScaleFactor: null,
};

/**
 * Samples its input at another resolution: `[N, C, L]`, `[N, C, H, W]` or `[N, C, D, H, W]` (`torch.nn.Upsample`).
 * One of `size` and `scaleFactor` must be given.
 * @example
 * new nn.Upsample({ scaleFactor: 2, mode: 'bilinear' })(images); // [N, 3, 32, 32] -> [N, 3, 64, 64]
 */
export class Upsample extends Module {
  size: SizeOrFactor;
  scaleFactor: SizeOrFactor;
  mode: InterpolateMode;
  alignCorners: boolean | null;
  recomputeScaleFactor: boolean | null;

  constructor(
    ...rest: Trailing<
      [
        size: SizeOrFactor,
        scaleFactor: SizeOrFactor,
        mode: InterpolateMode,
        alignCorners: boolean | null,
        recomputeScaleFactor: boolean | null,
      ],
      UpsampleOptions
    >
  ) {
    super();
    const options = readTrailing(new.target.name, names, rest, defaults);
    this.size = options.size;
    // Zero counts as not given.
    this.scaleFactor = options.scaleFactor === 0 ? null : options.scaleFactor;
    this.mode = options.mode;
    this.alignCorners = options.alignCorners;
    this.recomputeScaleFactor = options.recomputeScaleFactor;
  }

  forward(input: Tensor): Tensor {
    return interpolate(input, this.size, this.scaleFactor, this.mode, this.alignCorners, this.recomputeScaleFactor);
  }

  override extraRepr(): string {
    const { mode, scaleFactor, size } = this;
    if (scaleFactor === null) return `size=${repr(size)}, mode=${repr(mode)}`;
    const factors = typeof scaleFactor === 'number' ? reprFloat(scaleFactor) : `(${tuple(scaleFactor)})`;
    return `scale_factor=${factors}, mode=${repr(mode)}`;
  }
}

function tuple(factors: readonly number[]): string {
  return factors.map(reprFloat).join(', ') + (factors.length === 1 ? ',' : '');
}

type Upsampling2dArguments = Trailing<
  [size: Size2 | null, scaleFactor: Size2 | null],
  { size?: Size2 | null; scaleFactor?: Size2 | null }
>;

function readSize(where: string, rest: readonly unknown[]): { size: SizeOrFactor; scaleFactor: SizeOrFactor } {
  const none = { size: null as SizeOrFactor, scaleFactor: null as SizeOrFactor };
  return readTrailing(where, ['size', 'scaleFactor'], rest, none);
}

/** Upsampling of images by repetition: `[N, C, H, W]` (`torch.nn.UpsamplingNearest2d`). */
export class UpsamplingNearest2d extends Upsample {
  constructor(...rest: Upsampling2dArguments) {
    super({ ...readSize('UpsamplingNearest2d', rest), mode: 'nearest' });
  }
}

/** Bilinear upsampling of images with aligned corners: `[N, C, H, W]` (`torch.nn.UpsamplingBilinear2d`). */
export class UpsamplingBilinear2d extends Upsample {
  constructor(...rest: Upsampling2dArguments) {
    super({ ...readSize('UpsamplingBilinear2d', rest), mode: 'bilinear', alignCorners: true });
  }
}
