/** The logarithm of the logistic function. */

import { logSigmoid } from '../generated/nn.ts';
import type { Tensor } from '../tensor.ts';
import { Module } from './module.ts';

/** `log(1 / (1 + exp(-x)))`, computed stably (`torch.nn.LogSigmoid`). */
export class LogSigmoid extends Module {
  forward(input: Tensor): Tensor {
    return logSigmoid(input);
  }
}
