/** The hyperbolic tangent. */

import { tanh } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { Module } from './module.ts';

/** The hyperbolic tangent (`torch.nn.Tanh`). */
export class Tanh extends Module {
  forward(input: Tensor): Tensor {
    return tanh(input);
  }
}
