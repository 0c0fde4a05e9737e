/** The mish. */

import { mish, mish_ } from '../generated/nn.ts';
import type { Tensor } from '../tensor.ts';
import { InplaceActivation } from './inplace-activation.ts';

/** `x·tanh(softplus(x))` (`torch.nn.Mish`). */
export class Mish extends InplaceActivation {
  forward(input: Tensor): Tensor {
    return this.inplace ? mish_(input) : mish(input);
  }
}
