/** The layer that does nothing. */

import type { Tensor } from '../tensor.ts';
import { Module } from './module.ts';

/** Returns its input (`torch.nn.Identity`); arguments are ignored, so that it can stand where any layer stood. */
export class Identity extends Module {
  constructor(..._ignored: unknown[]) {
    super();
  }

  forward(input: Tensor): Tensor {
    return input;
  }
}
