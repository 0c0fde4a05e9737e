/** Values put back where a max pooling took them from. */

import { ShapeError } from '../../errors.ts';
import * as aten from '../../generated/nn.ts';
import type { Tensor } from '../../tensor.ts';
import { readTrailing, type Trailing } from '../arguments.ts';
import { type Dimensions, eachSize, type Size1, type Size2, type Size3, type SizeOf } from '../sizes.ts';
import { expectTensor } from './labels.ts';

/** Options of an unpooling whose sizes are of type `S`. */
export interface MaxUnpoolOptions<S> {
  /** Steps of the window; its size by default. */
  stride?: S | null;
  /** Borders that the pooling had; 0 by default. */
  padding?: S;
  /** The output's spatial size, where several pool to the input's; it may have those of N and C in front. */
  outputSize?: readonly number[] | null;
}

type MaxUnpool<S> = (
  input: Tensor,
  indices: Tensor,
  kernelSize: S,
  ...rest: Trailing<[stride: S | null, padding: S, outputSize: readonly number[] | null], MaxUnpoolOptions<S>>
) => Tensor;

type Unpool = (
  input: Tensor,
  indices: Tensor,
  size: readonly number[],
  stride: readonly number[],
  padding: readonly number[],
) => Tensor;

interface Window {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
}

/** The spatial size of the output. @throws RangeError for one that does not pool to the input's. */
function sizeOfOutput(where: string, input: Tensor, window: Window, wanted: readonly number[] | null): number[] {
  const { kernel, stride, padding } = window;
  const shape = input.shape;
  if (shape.length < kernel.length) {
    throw new ShapeError(`${where}: input must have at least ${kernel.length} dimensions, got [${shape}]`);
  }
  const sizes = shape.slice(-kernel.length);
  const usual = sizes.map(
    (size, i) => (size - 1) * (stride[i] as number) + (kernel[i] as number) - 2 * (padding[i] as number),
  );
  if (wanted === null) return usual;
  const size = wanted.length === kernel.length + 2 ? wanted.slice(2) : [...wanted];
  if (size.length !== kernel.length) {
    throw new ShapeError(
      `${where}: outputSize must have ${kernel.length} or ${kernel.length + 2} numbers, got [${wanted}]`,
    );
  }
  const fits = size.every((each, i) => Math.abs(each - (usual[i] as number)) < (stride[i] as number) && each >= 0);
  if (!fits) {
    throw new RangeError(
      `${where}: outputSize must be nearer than a stride of [${stride}] to [${usual}], got [${wanted}]`,
    );
  }
  return size;
}

function maxUnpool<T extends number[]>(where: string, dimensions: Dimensions, unpool: Unpool): MaxUnpool<SizeOf<T>> {
  type Options = Required<MaxUnpoolOptions<SizeOf<T>>>;
  const defaults = { stride: null, padding: 0, outputSize: null };
  return (input, indices, kernelSize, ...rest) => {
    expectTensor(where, 'input', input);
    expectTensor(where, 'indices', indices);
    const options = readTrailing(where, ['stride', 'padding', 'outputSize'], rest, defaults as Options);
    const kernel = eachSize<T>(`${where}: kernelSize`, kernelSize, dimensions);
    const stride = options.stride === null ? kernel : eachSize<T>(`${where}: stride`, options.stride, dimensions);
    const padding = eachSize<T>(`${where}: padding`, options.padding, dimensions);
    const size = sizeOfOutput(where, input, { kernel, stride, padding }, options.outputSize);
    return unpool(input, indices, size, stride, padding);
  };
}

/**
 * Puts the values of `maxPool1d` back and zeros elsewhere: `[N, C, L]` to `[N, C, L']` (`F.max_unpool1d`).
 * @param indices as `maxPool1d` gives them with `returnIndices`.
 */
export const maxUnpool1d: MaxUnpool<Size1> = maxUnpool<[number]>('maxUnpool1d', 1, (input, indices, size) =>
  aten.maxUnpool2d(input.unsqueeze(-1), indices.unsqueeze(-1), [...size, 1]).squeeze(-1),
);

/**
 * Puts the values of `maxPool2d` back and zeros elsewhere: `[N, C, H, W]` to `[N, C, H', W']` (`F.max_unpool2d`).
 * @param indices as `maxPool2d` gives them with `returnIndices`.
 */
export const maxUnpool2d: MaxUnpool<Size2> = maxUnpool<[number, number]>('maxUnpool2d', 2, (input, indices, size) =>
  aten.maxUnpool2d(input, indices, size),
);

/**
 * Puts the values of `maxPool3d` back and zeros elsewhere: `[N, C, D, H, W]` to `[N, C, D', H', W']`
 * (`F.max_unpool3d`).
 * @param indices as `maxPool3d` gives them with `returnIndices`.
 */
export const maxUnpool3d: MaxUnpool<Size3> = maxUnpool<[number, number, number]>('maxUnpool3d', 3, aten.maxUnpool3d);
