/** Poolings whose windows follow from the size that the output is to have. */

import { describeValue, ShapeError } from '../../errors.ts';
import * as aten from '../../generated/nn.ts';
import * as torch from '../../generated/torch.ts';
import type { Tensor } from '../../tensor.ts';
import { readTrailing, type Trailing } from '../arguments.ts';
import type { Size1 } from '../sizes.ts';
import { expectTensor } from './labels.ts';
import { type Pooled, pooled } from './pooled.ts';

/** An output's size: one number for both dimensions, or each; null keeps that of the input. */
export type OutputSize2 = number | readonly [height: number | null, width: number | null];
/** An output's size: one number for all dimensions, or each; null keeps that of the input. */
export type OutputSize3 = number | readonly [depth: number | null, height: number | null, width: number | null];

export interface AdaptiveMaxPoolOptions<R extends boolean = boolean> {
  /** Gives the indices of the maxima, too. */
  returnIndices?: R;
}

/** The size with what null stands for. */
function completed(where: string, input: Tensor, size: number | readonly (number | null)[]): number | number[] {
  expectTensor(where, 'input', input);
  if (typeof size === 'number') return size;
  if (!Array.isArray(size)) {
    throw new TypeError(`${where}: outputSize must be a number or an array, got ${describeValue(size)}`);
  }
  const shape = input.shape;
  if (shape.length <= size.length) {
    throw new ShapeError(`${where}: input must have at least ${size.length + 1} dimensions, got [${shape}]`);
  }
  const own = shape.slice(-size.length);
  return size.map((each: number | null, i) => each ?? (own[i] as number));
}

type AdaptiveMaxPool<S> = <R extends boolean = false>(
  input: Tensor,
  outputSize: S,
  ...rest: Trailing<[returnIndices: R], AdaptiveMaxPoolOptions<R>>
) => Pooled<R>;

function adaptiveMaxPool<S extends number | readonly (number | null)[]>(
  where: string,
  pool: (input: Tensor, size: number | number[]) => [Tensor, Tensor],
): AdaptiveMaxPool<S> {
  return <R extends boolean>(input: Tensor, outputSize: S, ...rest: unknown[]): Pooled<R> => {
    const defaults = { returnIndices: false } as Required<AdaptiveMaxPoolOptions<R>>;
    const { returnIndices } = readTrailing(where, ['returnIndices'], rest, defaults);
    return pooled(pool(input, completed(where, input, outputSize)), returnIndices);
  };
}

/** The greatest value of each of as many windows as the output is long: `[N, C, L]` (`F.adaptive_max_pool1d`). */
export const adaptiveMaxPool1d: AdaptiveMaxPool<Size1> = adaptiveMaxPool('adaptiveMaxPool1d', torch.adaptiveMaxPool1d);

/** The greatest value of each window of an image: `[N, C, H, W]` (`F.adaptive_max_pool2d`). */
export const adaptiveMaxPool2d: AdaptiveMaxPool<OutputSize2> = adaptiveMaxPool(
  'adaptiveMaxPool2d',
  aten.adaptiveMaxPool2d,
);

/** The greatest value of each window of a volume: `[N, C, D, H, W]` (`F.adaptive_max_pool3d`). */
export const adaptiveMaxPool3d: AdaptiveMaxPool<OutputSize3> = adaptiveMaxPool(
  'adaptiveMaxPool3d',
  aten.adaptiveMaxPool3d,
);

/** The mean of each window of an image: `[N, C, H, W]` (`F.adaptive_avg_pool2d`). */
export function adaptiveAvgPool2d(input: Tensor, outputSize: OutputSize2): Tensor {
  return aten.adaptiveAvgPool2d(input, completed('adaptiveAvgPool2d', input, outputSize));
}

/** The mean of each window of a volume: `[N, C, D, H, W]` (`F.adaptive_avg_pool3d`). */
export function adaptiveAvgPool3d(input: Tensor, outputSize: OutputSize3): Tensor {
  return aten.adaptiveAvgPool3d(input, completed('adaptiveAvgPool3d', input, outputSize));
}
