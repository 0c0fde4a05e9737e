/** The logistic function, of straight lines. */

import { hardsigmoid, hardsigmoid_ } from '../generated/nn.ts';
import type { Tensor } from '../tensor.ts';
import { InplaceActivation } from './inplace-activation.ts';

/** `relu6(x + 3) / 6` (`torch.nn.Hardsigmoid`). */
export class Hardsigmoid extends InplaceActivation {
  forward(input: Tensor): Tensor {
    return this.inplace ? hardsigmoid_(input) : hardsigmoid(input);
  }

  // Python does not print the option here.
  override extraRepr(): string {
    return '';
  }
}
