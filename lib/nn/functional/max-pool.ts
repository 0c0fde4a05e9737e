/** The maximum of each window. */

import { maxPool2dWithIndices, maxPool3dWithIndices } from '../../generated/nn.ts';
import * as torch from '../../generated/torch.ts';
import type { Tensor } from '../../tensor.ts';
import { readTrailing, type Trailing } from '../arguments.ts';
import type { Size1, Size2, Size3 } from '../sizes.ts';
import { type Pooled, pooled } from './pooled.ts';

/** Options of a max pooling whose sizes are of type `S`; `R` is whether indices are returned. */
export interface MaxPoolOptions<S, R extends boolean = boolean> {
  /** Steps of the window; its size by default. */
  stride?: S | null;
  /** Borders of minus infinity; 0 by default. */
  padding?: S;
  /** Distance between the window's points; 1 by default. */
  dilation?: S;
  /** Counts windows that reach beyond the border. */
  ceilMode?: boolean;
  /** Gives the indices of the maxima, too, which `maxUnpool` takes. */
  returnIndices?: R;
}

type MaxPool<S> = <R extends boolean = false>(
  input: Tensor,
  kernelSize: S,
  ...rest: Trailing<
    [stride: S | null, padding: S, dilation: S, ceilMode: boolean, returnIndices: R],
    MaxPoolOptions<S, R>
  >
) => Pooled<R>;

type Window<S> = [kernelSize: S, stride: S | undefined, padding: S, dilation: S, ceilMode: boolean];

function maxPool<S>(
  where: string,
  values: (input: Tensor, ...window: Window<S>) => Tensor,
  withIndices: (input: Tensor, ...window: Window<S>) => [Tensor, Tensor],
): MaxPool<S> {
  const names = ['stride', 'padding', 'dilation', 'ceilMode', 'returnIndices'] as const;
  const defaults = { stride: null, padding: 0, dilation: 1, ceilMode: false, returnIndices: false };
  return (<R extends boolean>(input: Tensor, kernelSize: S, ...rest: unknown[]): Pooled<R> => {
    const options = readTrailing(where, names, rest, defaults as Required<MaxPoolOptions<S, R>>);
    const { stride, padding, dilation, ceilMode, returnIndices } = options;
    const window: Window<S> = [kernelSize, stride ?? undefined, padding, dilation, ceilMode];
    if (returnIndices) return pooled(withIndices(input, ...window), returnIndices);
    return values(input, ...window) as Pooled<R>;
  }) as MaxPool<S>;
}

/** The greatest value of each window of a sequence: `[N, C, L]` to `[N, C, L']` (`F.max_pool1d`). */
export const maxPool1d: MaxPool<Size1> = maxPool<Size1>('maxPool1d', torch.maxPool1d, torch.maxPool1dWithIndices);

/** The greatest value of each window of an image: `[N, C, H, W]` to `[N, C, H', W']` (`F.max_pool2d`). */
export const maxPool2d: MaxPool<Size2> = maxPool<Size2>('maxPool2d', torch.maxPool2d, maxPool2dWithIndices);

/** The greatest value of each window of a volume: `[N, C, D, H, W]` to `[N, C, D', H', W']` (`F.max_pool3d`). */
export const maxPool3d: MaxPool<Size3> = maxPool<Size3>('maxPool3d', torch.maxPool3d, maxPool3dWithIndices);
