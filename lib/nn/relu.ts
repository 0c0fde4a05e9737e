/** The rectifier. */

import { relu, relu_ } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { InplaceActivation } from './inplace-activation.ts';

/** `max(0, x)` (`torch.nn.ReLU`). */
export class ReLU extends InplaceActivation {
  forward(input: Tensor): Tensor {
    return this.inplace ? relu_(input) : relu(input);
  }
}
