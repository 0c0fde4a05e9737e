/** Another resolution. */

import { describeValue, ShapeError, TorchError } from '../../errors.ts';
import { adaptiveAvgPool1d } from '../../generated/torch.ts';
import { overloadFunction } from '../../operator.ts';
import type { Tensor } from '../../tensor.ts';
import { readTrailing, type Trailing } from '../arguments.ts';
import { adaptiveAvgPool2d, adaptiveAvgPool3d } from './adaptive-pool.ts';
import { expectTensor } from './labels.ts';

export type InterpolateMode =
  | 'nearest'
  | 'nearest-exact'
  | 'area'
  | 'linear'
  | 'bilinear'
  | 'bicubic'
  | 'trilinear'
  | 'lanczos';

export interface InterpolateOptions {
  /** The output's spatial size: one number for all dimensions, or one for each; this or `scaleFactor` must be given. */
  size?: number | readonly number[] | null;
  /** The output's size as a multiple of the input's: one number for all dimensions, or one for each. */
  scaleFactor?: number | readonly number[] | null;
  /** `'nearest'` by default; `'linear'` and `'trilinear'` are for one and three dimensions, `'bi…'` for two. */
  mode?: InterpolateMode;
  /** Whether the centres of the corners fall on each other, not their edges; for the linear and cubic modes. */
  alignCorners?: boolean | null;
  /** Computes with the ratio of the sizes instead of `scaleFactor`, where they differ by rounding. */
  recomputeScaleFactor?: boolean | null;
  /** Filters what the output is too coarse for; for `'bilinear'`, `'bicubic'` and `'lanczos'`. */
  antialias?: boolean;
}

type InterpolateArguments = Trailing<
  [
    size: number | readonly number[] | null,
    scaleFactor: number | readonly number[] | null,
    mode: InterpolateMode,
    alignCorners: boolean | null,
    recomputeScaleFactor: boolean | null,
    antialias: boolean,
  ],
  InterpolateOptions
>;

const names = ['size', 'scaleFactor', 'mode', 'alignCorners', 'recomputeScaleFactor', 'antialias'] as const;
const defaults: Required<InterpolateOptions> = {
  size: null,
  scaleFactor: null,
  mode: 'nearest',
  alignCorners: null,
  recomputeScaleFactor: null,
  antialias: false,
};

/** The operator of each mode, for one, two and three spatial dimensions. */
const operators: Readonly<Record<InterpolateMode, readonly (string | null)[]>> = {
  nearest: ['upsample_nearest1d', 'upsample_nearest2d', 'upsample_nearest3d'],
  'nearest-exact': ['_upsample_nearest_exact1d', '_upsample_nearest_exact2d', '_upsample_nearest_exact3d'],
  area: ['adaptive_avg_pool1d', 'adaptive_avg_pool2d', 'adaptive_avg_pool3d'],
  linear: ['upsample_linear1d', null, null],
  bilinear: [null, 'upsample_bilinear2d', null],
  bicubic: [null, 'upsample_bicubic2d', null],
  trilinear: [null, null, 'upsample_trilinear3d'],
  lanczos: [null, 'upsample_lanczos2d', null],
};
const withoutCorners: readonly InterpolateMode[] = ['nearest', 'nearest-exact', 'area'];
const withAntialias: readonly InterpolateMode[] = ['bilinear', 'bicubic', 'lanczos'];

type Upsample = (...values: unknown[]) => Tensor;
const found = new Map<string, Upsample>();

function upsampleOperator(name: string): Upsample {
  let operator = found.get(name);
  if (operator === undefined) {
    operator = overloadFunction('aten', name, 'vec') as Upsample | undefined;
    if (operator === undefined) throw new TorchError(`this libtorch has no operator aten::${name}.vec`);
    found.set(name, operator);
  }
  return operator;
}

/** One number for each dimension, or as many as there are. */
function perDimension(
  where: string,
  value: number | readonly number[],
  input: Tensor,
  isNumber: (value: unknown) => boolean,
): number[] {
  const dimensions = input.ndim - 2;
  const list = typeof value === 'number' ? new Array<number>(Math.max(dimensions, 0)).fill(value) : value;
  if (!Array.isArray(list) || !list.every(isNumber)) {
    throw new TypeError(`${where} must be a number or an array of them, got ${describeValue(value)}`);
  }
  if (list.length !== dimensions) {
    throw new ShapeError(`${where} must have ${dimensions} numbers for an input of [${input.shape}], got [${list}]`);
  }
  return [...list];
}

function operatorFor(input: Tensor, mode: InterpolateMode): string {
  const byDimensions = operators[mode];
  const name = byDimensions[input.ndim - 3];
  if (name != null) return name;
  const fitting = byDimensions.flatMap((each, i) => (each === null ? [] : [i + 3]));
  throw new ShapeError(
    `interpolate: input must have ${fitting.join(', ')} dimensions for mode '${mode}', got [${input.shape}]`,
  );
}

/** Refuses what does not go with the mode. */
function checkMode(input: Tensor, { mode, alignCorners, antialias }: Required<InterpolateOptions>): void {
  if (!Object.hasOwn(operators, mode)) {
    const allowed = Object.keys(operators).map((name) => `'${name}'`);
    throw new RangeError(`interpolate: mode must be one of ${allowed.join(', ')}, got ${describeValue(mode)}`);
  }
  if (alignCorners !== null && withoutCorners.includes(mode)) {
    throw new RangeError(`interpolate: alignCorners does not go with mode '${mode}'`);
  }
  if (antialias && !(withAntialias.includes(mode) && input.ndim === 4)) {
    throw new RangeError(
      "interpolate: antialias needs mode 'bilinear', 'bicubic' or 'lanczos' and an input of 4 dimensions, " +
        `got mode '${mode}' and [${input.shape}]`,
    );
  }
  if (mode === 'lanczos' && (!antialias || alignCorners === true)) {
    throw new RangeError("interpolate: mode 'lanczos' needs antialias and goes without alignCorners");
  }
}

/**
 * Samples an input at another resolution: `[N, C, L]`, `[N, C, H, W]` or `[N, C, D, H, W]` (`F.interpolate`).
 *
 * @throws ShapeError for an input that the mode is not for, RangeError for options that do not go together.
 * @example
 * F.interpolate(images, { scaleFactor: 2, mode: 'bilinear' }); // [N, 3, 32, 32] -> [N, 3, 64, 64]
 */
export function interpolate(input: Tensor, ...rest: InterpolateArguments): Tensor {
  const options = readTrailing('interpolate', names, rest, defaults);
  const { mode, size, scaleFactor } = options;
  expectTensor('interpolate', 'input', input);
  checkMode(input, options);
  const operator = operatorFor(input, mode);
  if ((size === null) === (scaleFactor === null)) {
    throw new TypeError('interpolate: one of size and scaleFactor must be given, and not both');
  }
  if (options.recomputeScaleFactor === true && size !== null) {
    throw new RangeError('interpolate: recomputeScaleFactor does not go with size');
  }
  let outputSize = size === null ? null : perDimension('interpolate: size', size, input, Number.isSafeInteger);
  const isScale = (value: unknown) => typeof value === 'number';
  let factors = scaleFactor === null ? null : perDimension('interpolate: scaleFactor', scaleFactor, input, isScale);
  if (factors !== null && (options.recomputeScaleFactor === true || mode === 'area')) {
    const { shape } = input;
    outputSize = factors.map((factor, i) => Math.trunc((shape[i + 2] as number) * factor));
    factors = null;
  }
  if (mode === 'area') return averaged(input, outputSize as number[]);
  if (withoutCorners.includes(mode)) return upsampleOperator(operator)(input, outputSize, factors);
  const exact = options.antialias ? `_${operator}_aa` : operator;
  return upsampleOperator(exact)(input, outputSize, options.alignCorners ?? false, factors);
}

function averaged(input: Tensor, size: readonly number[]): Tensor {
  if (size.length === 1) return adaptiveAvgPool1d(input, size);
  if (size.length === 2) return adaptiveAvgPool2d(input, size as [number, number]);
  return adaptiveAvgPool3d(input, size as [number, number, number]);
}

type UpsampleArguments = Trailing<
  [
    size: number | readonly number[] | null,
    scaleFactor: number | readonly number[] | null,
    mode: InterpolateMode,
    alignCorners: boolean | null,
  ],
  Omit<InterpolateOptions, 'recomputeScaleFactor' | 'antialias'>
>;

/** The older name of `interpolate` (`F.upsample`). */
export function upsample(input: Tensor, ...rest: UpsampleArguments): Tensor {
  const { recomputeScaleFactor: _, antialias: __, ...own } = defaults;
  return interpolate(input, readTrailing('upsample', names.slice(0, 4) as (keyof typeof own)[], rest, own));
}

type SizeOrFactor = Pick<InterpolateOptions, 'size' | 'scaleFactor'>;
type SizeArguments = Trailing<
  [size: number | readonly number[] | null, scaleFactor: number | readonly number[] | null],
  SizeOrFactor
>;

function readSize(where: string, rest: readonly unknown[]): SizeOrFactor {
  return readTrailing<SizeOrFactor>(where, ['size', 'scaleFactor'], rest, { size: null, scaleFactor: null });
}

/** `interpolate` with mode `'nearest'` (`F.upsample_nearest`). */
export function upsampleNearest(input: Tensor, ...rest: SizeArguments): Tensor {
  return interpolate(input, { ...readSize('upsampleNearest', rest), mode: 'nearest' });
}

/** `interpolate` with mode `'bilinear'` and aligned corners (`F.upsample_bilinear`). */
export function upsampleBilinear(input: Tensor, ...rest: SizeArguments): Tensor {
  return interpolate(input, { ...readSize('upsampleBilinear', rest), mode: 'bilinear', alignCorners: true });
}
