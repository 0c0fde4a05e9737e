/** Borders of one value. */

import { expectNumber } from './arguments.ts';
import { type Border1, type Border2, type Border3, BorderNd } from './border.ts';
import { repr } from './python-repr.ts';
import type { SizeOf } from './sizes.ts';

abstract class ConstantPad<T extends number[]> extends BorderNd<T> {
  value: number;

  constructor(sides: number, padding: SizeOf<T>, value: number) {
    super(sides, 'constant', padding);
    this.value = expectNumber(`${new.target.name}: value`, value);
  }

  protected override fill(): number {
    return this.value;
  }

  override extraRepr(): string {
    return `padding=${repr(this.padding)}, value=${repr(this.value)}`;
  }
}

/** Adds borders of one value: `[N, C, L]` to `[N, C, L']` (`torch.nn.ConstantPad1d`). */
export class ConstantPad1d extends ConstantPad<[number, number]> {
  constructor(padding: Border1, value: number) {
    super(2, padding, value);
  }
}

/** Adds borders of one value: `[N, C, H, W]` to `[N, C, H', W']` (`torch.nn.ConstantPad2d`). */
export class ConstantPad2d extends ConstantPad<[number, number, number, number]> {
  constructor(padding: Border2, value: number) {
    super(4, padding, value);
  }
}

/** Adds borders of one value: `[N, C, D, H, W]` to `[N, C, D', H', W']` (`torch.nn.ConstantPad3d`). */
export class ConstantPad3d extends ConstantPad<[number, number, number, number, number, number]> {
  constructor(padding: Border3, value: number) {
    super(6, padding, value);
  }
}
