/** The self-normalising exponential linear unit. */

import { selu, selu_ } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { InplaceActivation } from './inplace-activation.ts';

/** `λx` above 0, `λα(eˣ - 1)` below, so that mean 0 and variance 1 stay (`torch.nn.SELU`, Klambauer et al. 2017). */
export class SELU extends InplaceActivation {
  forward(input: Tensor): Tensor {
    return this.inplace ? selu_(input) : selu(input);
  }
}
