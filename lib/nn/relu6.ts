/** The rectifier that ends at 6. */

import { readTrailing, type Trailing } from './arguments.ts';
import type { InplaceOption } from './functional/activations.ts';
import { Hardtanh } from './hardtanh.ts';

/** `min(max(0, x), 6)` (`torch.nn.ReLU6`). */
export class ReLU6 extends Hardtanh {
  constructor(...rest: Trailing<[inplace: boolean], InplaceOption>) {
    super(0, 6, readTrailing('ReLU6', ['inplace'], rest, { inplace: false }).inplace);
  }

  override extraRepr(): string {
    return this.inplace ? 'inplace=True' : '';
  }
}
