/** Channels to pixels. */

import { pixelShuffle } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { expectCount } from './arguments.ts';
import { Module } from './module.ts';

/** Channels to pixels: `[N, C·r², H, W]` to `[N, C, H·r, W·r]` for the factor r (`torch.nn.PixelShuffle`). */
export class PixelShuffle extends Module {
  upscaleFactor: number;

  constructor(upscaleFactor: number) {
    super();
    this.upscaleFactor = expectCount('PixelShuffle: upscaleFactor', upscaleFactor, 1);
  }

  forward(input: Tensor): Tensor {
    return pixelShuffle(input, this.upscaleFactor);
  }

  override extraRepr(): string {
    return `upscale_factor=${this.upscaleFactor}`;
  }
}
