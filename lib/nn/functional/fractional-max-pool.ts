/** The maximum of each of many windows that lie at random (Graham 2014). */

import { ShapeError } from '../../errors.ts';
import * as aten from '../../generated/nn.ts';
import { rand } from '../../generated/torch.ts';
import type { Tensor } from '../../tensor.ts';
import { readTrailing, type Trailing } from '../arguments.ts';
import { type Dimensions, eachSize, type Size2, type Size3, type SizeOf } from '../sizes.ts';
import { expectTensor } from './labels.ts';
import { type Pooled, pooled } from './pooled.ts';

/** Options of a fractional max pooling whose sizes are of type `S`. */
export interface FractionalMaxPoolOptions<S, R extends boolean = boolean> {
  /** The output's spatial size; this or `outputRatio` must be given. */
  outputSize?: S | null;
  /** The output's size as a part of the input's, between 0 and 1: one number or one for each dimension. */
  outputRatio?: S | null;
  /** Gives the indices of the maxima, too. */
  returnIndices?: R;
  /** Where windows lie, uniform in [0, 1): `[N, C, 2]` for images, `[N, C, 3]` for volumes; drawn by default. */
  _randomSamples?: Tensor | null;
}

type FractionalMaxPool<S> = <R extends boolean = false>(
  input: Tensor,
  kernelSize: S,
  ...rest: Trailing<
    [outputSize: S | null, outputRatio: S | null, returnIndices: R, _randomSamples: Tensor | null],
    FractionalMaxPoolOptions<S, R>
  >
) => Pooled<R>;

type Pool = (input: Tensor, kernelSize: number[], outputSize: number[], randomSamples: Tensor) => [Tensor, Tensor];

/** An output's size as a part of the input's: one number for all dimensions, or one for each. */
export function eachRatio(where: string, ratio: number | readonly number[], count: number): number[] {
  const list = typeof ratio === 'number' ? new Array<number>(count).fill(ratio) : ratio;
  if (!Array.isArray(list) || list.length !== count || !list.every((each) => each > 0 && each < 1)) {
    throw new RangeError(`${where} must be between 0 and 1, one number or ${count}, got [${ratio}]`);
  }
  return [...list];
}

function fractionalMaxPool<T extends number[]>(
  where: string,
  dimensions: Dimensions,
  pool: Pool,
): FractionalMaxPool<SizeOf<T>> {
  const names = ['outputSize', 'outputRatio', 'returnIndices', '_randomSamples'] as const;
  const defaults = { outputSize: null, outputRatio: null, returnIndices: false, _randomSamples: null };
  return <R extends boolean>(input: Tensor, kernelSize: SizeOf<T>, ...rest: unknown[]): Pooled<R> => {
    type Options = Required<FractionalMaxPoolOptions<SizeOf<T>, R>>;
    const options = readTrailing(where, names, rest, defaults as Options);
    const shape = expectTensor(where, 'input', input).shape;
    if (shape.length !== dimensions + 1 && shape.length !== dimensions + 2) {
      throw new ShapeError(
        `${where}: input must have ${dimensions + 1} or ${dimensions + 2} dimensions, got [${shape}]`,
      );
    }
    const [channels, ...sizes] = shape.slice(-dimensions - 1) as [number, ...number[]];
    const { outputRatio, outputSize, _randomSamples, returnIndices } = options;
    let size: number[];
    if (outputSize !== null) size = eachSize<T>(`${where}: outputSize`, outputSize, dimensions);
    else if (outputRatio === null) throw new TypeError(`${where}: outputSize or outputRatio must be given`);
    else {
      const ratios = eachRatio(`${where}: outputRatio`, outputRatio as number | readonly number[], dimensions);
      size = ratios.map((ratio, i) => Math.trunc((sizes[i] as number) * ratio));
    }
    const batch = shape.length === dimensions + 1 ? 1 : (shape[0] as number);
    const { device, dtype } = input;
    const samples = _randomSamples ?? rand([batch, channels, dimensions], { dtype, device });
    const kernel = eachSize<T>(`${where}: kernelSize`, kernelSize, dimensions);
    return pooled(pool(input, kernel, size, samples), returnIndices);
  };
}

/** The greatest value of windows at random in an image: `[N, C, H, W]` to `[N, C, H', W']` (`F.fractional_max_pool2d`). */
export const fractionalMaxPool2d: FractionalMaxPool<Size2> = fractionalMaxPool<[number, number]>(
  'fractionalMaxPool2d',
  2,
  aten.fractionalMaxPool2d,
);

/** The same in a volume: `[N, C, D, H, W]` to `[N, C, D', H', W']` (`F.fractional_max_pool3d`). */
export const fractionalMaxPool3d: FractionalMaxPool<Size3> = fractionalMaxPool<[number, number, number]>(
  'fractionalMaxPool3d',
  3,
  aten.fractionalMaxPool3d,
);
