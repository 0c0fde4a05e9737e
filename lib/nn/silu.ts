/** The sigmoid linear unit. */

import { silu, silu_ } from '../generated/nn.ts';
import type { Tensor } from '../tensor.ts';
import { InplaceActivation } from './inplace-activation.ts';

/** `x·σ(x)`, also called swish (`torch.nn.SiLU`). */
export class SiLU extends InplaceActivation {
  forward(input: Tensor): Tensor {
    return this.inplace ? silu_(input) : silu(input);
  }
}
