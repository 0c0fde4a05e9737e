/** Images cut into patches. */

import type { Tensor } from '../tensor.ts';
import { readTrailing } from './arguments.ts';
import { type FoldArguments, foldDefaults, foldNames, unfold } from './functional/fold.ts';
import { Module } from './module.ts';
import { repr } from './python-repr.ts';
import { expectSize, type Size2 } from './sizes.ts';

/** Patches as columns: `[N, C, H, W]` to `[N, C·kernel, L]` for L patches (`torch.nn.Unfold`). */
export class Unfold extends Module {
  kernelSize: Size2;
  dilation: Size2;
  padding: Size2;
  stride: Size2;

  constructor(kernelSize: Size2, ...rest: FoldArguments) {
    super();
    const { dilation, padding, stride } = readTrailing('Unfold', foldNames, rest, foldDefaults);
    this.kernelSize = expectSize('Unfold: kernelSize', kernelSize, 2);
    this.dilation = expectSize('Unfold: dilation', dilation, 2);
    this.padding = expectSize('Unfold: padding', padding, 2);
    this.stride = expectSize('Unfold: stride', stride, 2);
  }

  forward(input: Tensor): Tensor {
    return unfold(input, this.kernelSize, this.dilation, this.padding, this.stride);
  }

  override extraRepr(): string {
    return (
      `kernel_size=${repr(this.kernelSize)}, dilation=${repr(this.dilation)}, padding=${repr(this.padding)}, ` +
      `stride=${repr(this.stride)}`
    );
  }
}
