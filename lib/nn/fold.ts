/** Patches put together to images. */

import type { Tensor } from '../tensor.ts';
import { readTrailing } from './arguments.ts';
import { type FoldArguments, fold, foldDefaults, foldNames } from './functional/fold.ts';
import { Module } from './module.ts';
import { repr } from './python-repr.ts';
import { expectSize, type Size2 } from './sizes.ts';

/** Adds up patches where they overlap: `[N, C·kernel, L]` to `[N, C, H, W]` of `outputSize` (`torch.nn.Fold`). */
export class Fold extends Module {
  outputSize: Size2;
  kernelSize: Size2;
  dilation: Size2;
  padding: Size2;
  stride: Size2;

  constructor(outputSize: Size2, kernelSize: Size2, ...rest: FoldArguments) {
    super();
    const { dilation, padding, stride } = readTrailing('Fold', foldNames, rest, foldDefaults);
    this.outputSize = expectSize('Fold: outputSize', outputSize, 2);
    this.kernelSize = expectSize('Fold: kernelSize', kernelSize, 2);
    this.dilation = expectSize('Fold: dilation', dilation, 2);
    this.padding = expectSize('Fold: padding', padding, 2);
    this.stride = expectSize('Fold: stride', stride, 2);
  }

  forward(input: Tensor): Tensor {
    return fold(input, this.outputSize, this.kernelSize, this.dilation, this.padding, this.stride);
  }

  override extraRepr(): string {
    return (
      `output_size=${repr(this.outputSize)}, kernel_size=${repr(this.kernelSize)}, dilation=${repr(this.dilation)}, ` +
      `padding=${repr(this.padding)}, stride=${repr(this.stride)}`
    );
  }
}
