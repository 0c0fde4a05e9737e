/** The layer that does nothing. */

import type { Tensor } from '../tensor.ts';
import { Module } from './module.ts';

/** Returns its input (`torch.nn.Identity`). */
export class Identity extends Module {
  forward(input: Tensor): Tensor {
    return input;
  }
}
