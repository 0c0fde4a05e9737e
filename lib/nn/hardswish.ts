/** The swish, of straight lines. */

import { hardswish, hardswish_ } from '../generated/nn.ts';
import type { Tensor } from '../tensor.ts';
import { InplaceActivation } from './inplace-activation.ts';

/** `x·relu6(x + 3) / 6` (`torch.nn.Hardswish`). */
export class Hardswish extends InplaceActivation {
  forward(input: Tensor): Tensor {
    return this.inplace ? hardswish_(input) : hardswish(input);
  }

  // Python does not print the option here.
  override extraRepr(): string {
    return '';
  }
}
