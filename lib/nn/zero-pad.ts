/** Borders of zeros. */

import type { Border1, Border2, Border3 } from './border.ts';
import { ConstantPad1d, ConstantPad2d, ConstantPad3d } from './constant-pad.ts';
import { repr } from './python-repr.ts';

/** Adds borders of zeros: `[N, C, L]` to `[N, C, L']` (`torch.nn.ZeroPad1d`). */
export class ZeroPad1d extends ConstantPad1d {
  constructor(padding: Border1) {
    super(padding, 0);
  }

  override extraRepr(): string {
    return repr(this.padding);
  }
}

/** Adds borders of zeros: `[N, C, H, W]` to `[N, C, H', W']` (`torch.nn.ZeroPad2d`). */
export class ZeroPad2d extends ConstantPad2d {
  constructor(padding: Border2) {
    super(padding, 0);
  }

  override extraRepr(): string {
    return repr(this.padding);
  }
}

/** Adds borders of zeros: `[N, C, D, H, W]` to `[N, C, D', H', W']` (`torch.nn.ZeroPad3d`). */
export class ZeroPad3d extends ConstantPad3d {
  constructor(padding: Border3) {
    super(padding, 0);
  }

  override extraRepr(): string {
    return repr(this.padding);
  }
}
