/** Squared hinge loss as a module. */

import type { Tensor } from '../tensor.ts';
import { HingeLoss } from './hinge-loss.ts';

/** `max(0, m - y·s)²` of scores and labels -1 or +1: `nn.functional.squaredHingeLoss` as a module. */
export class SquaredHingeLoss extends HingeLoss {
  protected override power(violation: Tensor): Tensor {
    return violation.pow(2);
  }
}
