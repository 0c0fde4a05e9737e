/** The logistic function. */

import { sigmoid } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { Module } from './module.ts';

/** `1 / (1 + exp(-x))` (`torch.nn.Sigmoid`). */
export class Sigmoid extends Module {
  forward(input: Tensor): Tensor {
    return sigmoid(input);
  }
}
