/** Images to columns of patches and back. */

import { col2im, im2col } from '../../generated/nn.ts';
import type { Tensor } from '../../tensor.ts';
import { readTrailing, type Trailing } from '../arguments.ts';
import type { Size2 } from '../sizes.ts';

export interface FoldOptions {
  /** Distance between a patch's points; 1 by default. */
  dilation?: Size2;
  /** Borders of zeros; 0 by default. */
  padding?: Size2;
  /** Steps between patches; 1 by default. */
  stride?: Size2;
}

export type FoldArguments = Trailing<[dilation: Size2, padding: Size2, stride: Size2], FoldOptions>;

export const foldNames = ['dilation', 'padding', 'stride'] as const;
export const foldDefaults: Required<FoldOptions> = { dilation: 1, padding: 0, stride: 1 };

/** Patches as columns: `[N, C, H, W]` to `[N, C·kernel, L]` for L patches (`F.unfold`). */
export function unfold(input: Tensor, kernelSize: Size2, ...rest: FoldArguments): Tensor {
  const { dilation, padding, stride } = readTrailing('unfold', foldNames, rest, foldDefaults);
  return im2col(input, kernelSize, dilation, padding, stride);
}

/** Adds up patches where they overlap: `[N, C·kernel, L]` to `[N, C, H, W]` of `outputSize` (`F.fold`). */
export function fold(input: Tensor, outputSize: Size2, kernelSize: Size2, ...rest: FoldArguments): Tensor {
  const { dilation, padding, stride } = readTrailing('fold', foldNames, rest, foldDefaults);
  return col2im(input, outputSize, kernelSize, dilation, padding, stride);
}
