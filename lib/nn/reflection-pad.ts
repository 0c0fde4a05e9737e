/** Borders that mirror the input. */

import { type Border1, type Border2, type Border3, BorderNd } from './border.ts';

/** Adds borders that mirror the input without repeating its edge: `[N, C, L]` to `[N, C, L']` (`torch.nn.ReflectionPad1d`). */
export class ReflectionPad1d extends BorderNd<[number, number]> {
  constructor(padding: Border1) {
    super(2, 'reflect', padding);
  }
}

/** Adds borders that mirror the input without repeating its edge: `[N, C, H, W]` to `[N, C, H', W']` (`torch.nn.ReflectionPad2d`). */
export class ReflectionPad2d extends BorderNd<[number, number, number, number]> {
  constructor(padding: Border2) {
    super(4, 'reflect', padding);
  }
}

/** Adds borders that mirror the input without repeating its edge: `[N, C, D, H, W]` to `[N, C, D', H', W']` (`torch.nn.ReflectionPad3d`). */
export class ReflectionPad3d extends BorderNd<[number, number, number, number, number, number]> {
  constructor(padding: Border3) {
    super(6, 'reflect', padding);
  }
}
