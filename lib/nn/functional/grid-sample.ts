/** Values at points of a grid, and grids of affine maps. */

import { isFloatingDType } from '../../dtype.ts';
import { DTypeError, describeValue, ShapeError } from '../../errors.ts';
import { affineGridGenerator, gridSampler } from '../../generated/torch.ts';
import type { Tensor } from '../../tensor.ts';
import { readTrailing, type Trailing } from '../arguments.ts';
import { expectTensor } from './labels.ts';

export type GridSampleMode = 'bilinear' | 'nearest' | 'bicubic';
export type GridPaddingMode = 'zeros' | 'border' | 'reflection';

// Their positions are libtorch's numbers for them.
const modes: readonly GridSampleMode[] = ['bilinear', 'nearest', 'bicubic'];
const paddingModes: readonly GridPaddingMode[] = ['zeros', 'border', 'reflection'];

export interface GridSampleOptions {
  /** How values between points are found; `'bilinear'` by default. */
  mode?: GridSampleMode;
  /** What stands outside of the input; `'zeros'` by default. */
  paddingMode?: GridPaddingMode;
  /** Whether -1 and 1 are the centres of the outermost elements, not their edges; false by default. */
  alignCorners?: boolean;
}

function positionOf<T extends string>(where: string, allowed: readonly T[], value: T): number {
  const position = allowed.indexOf(value);
  if (position >= 0) return position;
  const names = allowed.map((name) => `'${name}'`).join(', ');
  throw new RangeError(`${where} must be one of ${names}, got ${describeValue(value)}`);
}

/**
 * The input at points from -1 to 1 (`F.grid_sample`).
 *
 * @param input `[N, C, H, W]` or `[N, C, D, H, W]`.
 * @param grid `[N, H', W', 2]` with x before y, or `[N, D', H', W', 3]`.
 * @returns `[N, C, H', W']` or `[N, C, D', H', W']`.
 */
export function gridSample(
  input: Tensor,
  grid: Tensor,
  ...rest: Trailing<[mode: GridSampleMode, paddingMode: GridPaddingMode, alignCorners: boolean], GridSampleOptions>
): Tensor {
  const defaults: Required<GridSampleOptions> = { mode: 'bilinear', paddingMode: 'zeros', alignCorners: false };
  const options = readTrailing('gridSample', ['mode', 'paddingMode', 'alignCorners'], rest, defaults);
  const mode = positionOf('gridSample: mode', modes, options.mode);
  const paddingMode = positionOf('gridSample: paddingMode', paddingModes, options.paddingMode);
  return gridSampler(input, grid, mode, paddingMode, options.alignCorners);
}

export interface AffineGridOptions {
  /** As of `gridSample`; false by default. */
  alignCorners?: boolean;
}

/**
 * The points that `gridSample` needs for affine maps (`F.affine_grid`).
 *
 * @param theta `[N, 2, 3]` for images, `[N, 3, 4]` for volumes.
 * @param size of the output: `[N, C, H, W]` or `[N, C, D, H, W]`.
 * @returns `[N, H, W, 2]` or `[N, D, H, W, 3]`.
 */
export function affineGrid(
  theta: Tensor,
  size: readonly number[],
  ...rest: Trailing<[alignCorners: boolean], AffineGridOptions>
): Tensor {
  const { alignCorners } = readTrailing('affineGrid', ['alignCorners'], rest, { alignCorners: false });
  const { dtype, shape } = expectTensor('affineGrid', 'theta', theta);
  if (!isFloatingDType(dtype)) throw new DTypeError(`affineGrid: theta must be of a floating dtype, got ${dtype}`);
  if (!Array.isArray(size) || (size.length !== 4 && size.length !== 5)) {
    throw new RangeError(`affineGrid: size must have 4 or 5 numbers, got ${describeValue(size)}`);
  }
  const rows = size.length - 2;
  if (shape.length !== 3 || shape[1] !== rows || shape[2] !== rows + 1) {
    throw new ShapeError(`affineGrid: theta must be [N, ${rows}, ${rows + 1}] for size [${size}], got [${shape}]`);
  }
  if (!size.every((each) => each > 0)) throw new RangeError(`affineGrid: size must be positive, got [${size}]`);
  return affineGridGenerator(theta, size, alignCorners);
}
