/** The softsign. */

import type { Tensor } from '../tensor.ts';
import { softsign } from './functional/activations.ts';
import { Module } from './module.ts';

/** `x / (1 + |x|)` (`torch.nn.Softsign`). */
export class Softsign extends Module {
  forward(input: Tensor): Tensor {
    return softsign(input);
  }
}
