/** What the hyperbolic tangent takes away. */

import type { Tensor } from '../tensor.ts';
import { tanhshrink } from './functional/activations.ts';
import { Module } from './module.ts';

/** `x - tanh(x)` (`torch.nn.Tanhshrink`). */
export class Tanhshrink extends Module {
  forward(input: Tensor): Tensor {
    return tanhshrink(input);
  }
}
