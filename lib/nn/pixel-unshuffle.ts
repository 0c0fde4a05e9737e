/** Pixels to channels. */

import { pixelUnshuffle } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { expectCount } from './arguments.ts';
import { Module } from './module.ts';

/** Pixels to channels: `[N, C, H·r, W·r]` to `[N, C·r², H, W]` for the factor r (`torch.nn.PixelUnshuffle`). */
export class PixelUnshuffle extends Module {
  downscaleFactor: number;

  constructor(downscaleFactor: number) {
    super();
    this.downscaleFactor = expectCount('PixelUnshuffle: downscaleFactor', downscaleFactor, 1);
  }

  forward(input: Tensor): Tensor {
    return pixelUnshuffle(input, this.downscaleFactor);
  }

  override extraRepr(): string {
    return `downscale_factor=${this.downscaleFactor}`;
  }
}
