/** Borders from the opposite side. */

import { ShapeError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { type Border1, type Border2, type Border3, BorderNd } from './border.ts';
import type { SizeOf } from './sizes.ts';

abstract class CircularPad<T extends number[]> extends BorderNd<T> {
  constructor(sides: number, padding: SizeOf<T>) {
    super(sides, 'circular', padding);
  }

  override forward(input: Tensor): Tensor {
    const dimensions = this.padding.length / 2;
    const given = input.ndim - dimensions;
    if (given !== 1 && given !== 2) {
      throw new ShapeError(
        `${this.constructor.name}: input must have ${dimensions + 1} or ${dimensions + 2} dimensions, ` +
          `got [${input.shape}]`,
      );
    }
    return super.forward(input);
  }
}

/** Adds borders from the opposite side: `[N, C, L]` to `[N, C, L']` (`torch.nn.CircularPad1d`). */
export class CircularPad1d extends CircularPad<[number, number]> {
  constructor(padding: Border1) {
    super(2, padding);
  }
}

/** Adds borders from the opposite side: `[N, C, H, W]` to `[N, C, H', W']` (`torch.nn.CircularPad2d`). */
export class CircularPad2d extends CircularPad<[number, number, number, number]> {
  constructor(padding: Border2) {
    super(4, padding);
  }
}

/** Adds borders from the opposite side: `[N, C, D, H, W]` to `[N, C, D', H', W']` (`torch.nn.CircularPad3d`). */
export class CircularPad3d extends CircularPad<[number, number, number, number, number, number]> {
  constructor(padding: Border3) {
    super(6, padding);
  }
}
