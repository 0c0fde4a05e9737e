/** The power mean of each window, without the division. */

import { avgPool2d, avgPool3d } from '../../generated/nn.ts';
import { avgPool1d, neg, relu, sign } from '../../generated/torch.ts';
import type { Tensor } from '../../tensor.ts';
import { expectNumber, readTrailing, type Trailing } from '../arguments.ts';
import { type Dimensions, eachSize, type Size1, type Size2, type Size3, type SizeOf } from '../sizes.ts';
import { expectTensor } from './labels.ts';
import { maxPool1d, maxPool2d, maxPool3d } from './max-pool.ts';

/** Options of an Lp pooling whose sizes are of type `S`. */
export interface LPPoolOptions<S> {
  /** Steps of the window; its size by default. */
  stride?: S | null;
  /** Counts windows that reach beyond the border. */
  ceilMode?: boolean;
}

type LPPool<S> = (
  input: Tensor,
  normType: number,
  kernelSize: S,
  ...rest: Trailing<[stride: S | null, ceilMode: boolean], LPPoolOptions<S>>
) => Tensor;

type Average<S> = (input: Tensor, kernelSize: S, stride: S | undefined, padding: number, ceilMode: boolean) => Tensor;
type Greatest<S> = (input: Tensor, kernelSize: S, options: { stride: S | null; ceilMode: boolean }) => Tensor;

function lpPool<T extends number[]>(
  where: string,
  dimensions: Dimensions,
  average: Average<SizeOf<T>>,
  greatest: Greatest<SizeOf<T>>,
): LPPool<SizeOf<T>> {
  const defaults = { stride: null as SizeOf<T> | null, ceilMode: false };
  return (input, normType, kernelSize, ...rest) => {
    expectTensor(where, 'input', input);
    expectNumber(`${where}: normType`, normType);
    const { stride, ceilMode } = readTrailing(where, ['stride', 'ceilMode'], rest, defaults);
    if (normType === Number.POSITIVE_INFINITY) return greatest(input.abs(), kernelSize, { stride, ceilMode });
    if (normType === Number.NEGATIVE_INFINITY) {
      return neg(greatest(input.abs().neg(), kernelSize, { stride, ceilMode }));
    }
    const count = eachSize<T>(`${where}: kernelSize`, kernelSize, dimensions).reduce((product, size) => product * size);
    const mean = average(input.pow(normType), kernelSize, stride ?? undefined, 0, ceilMode);
    return sign(mean)
      .mul(relu(mean.abs()))
      .mul(count)
      .pow(1 / normType);
  };
}

/**
 * `(Σ x^p)^(1/p)` of each window of a sequence: `[N, C, L]` to `[N, C, L']` (`F.lp_pool1d`).
 * @param normType p; infinity is the maximum of |x|.
 */
export const lpPool1d: LPPool<Size1> = lpPool<[number]>('lpPool1d', 1, avgPool1d, maxPool1d);

/**
 * `(Σ x^p)^(1/p)` of each window of an image: `[N, C, H, W]` to `[N, C, H', W']` (`F.lp_pool2d`).
 * @param normType p; infinity is the maximum of |x|.
 */
export const lpPool2d: LPPool<Size2> = lpPool<[number, number]>('lpPool2d', 2, avgPool2d, maxPool2d);

/**
 * `(Σ x^p)^(1/p)` of each window of a volume: `[N, C, D, H, W]` to `[N, C, D', H', W']` (`F.lp_pool3d`).
 * @param normType p; infinity is the maximum of |x|.
 */
export const lpPool3d: LPPool<Size3> = lpPool<[number, number, number]>('lpPool3d', 3, avgPool3d, maxPool3d);
