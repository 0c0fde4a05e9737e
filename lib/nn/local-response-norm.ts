/** Normalisation across neighbouring channels (Krizhevsky, Sutskever and Hinton 2012). */

import type { Tensor } from '../tensor.ts';
import { expectCount, readTrailing, type Trailing } from './arguments.ts';
import { type LocalResponseNormFunctionOptions, localResponseNorm } from './functional/normalization.ts';
import { Module } from './module.ts';
import { repr, reprFloat } from './python-repr.ts';

/** Divides each value by a power of the mean square over `size` neighbouring channels (`torch.nn.LocalResponseNorm`). */
export class LocalResponseNorm extends Module {
  /** How many channels are looked at. */
  size: number;
  alpha: number;
  beta: number;
  k: number;

  constructor(
    size: number,
    ...rest: Trailing<[alpha: number, beta: number, k: number], LocalResponseNormFunctionOptions>
  ) {
    super();
    const defaults = { alpha: 1e-4, beta: 0.75, k: 1 };
    const { alpha, beta, k } = readTrailing('LocalResponseNorm', ['alpha', 'beta', 'k'], rest, defaults);
    this.size = expectCount('LocalResponseNorm: size', size, 1);
    this.alpha = alpha;
    this.beta = beta;
    this.k = k;
  }

  /** `[N, C, …]` to the same. */
  forward(input: Tensor): Tensor {
    return localResponseNorm(input, this.size, this.alpha, this.beta, this.k);
  }

  override extraRepr(): string {
    const { size, alpha, beta, k } = this;
    return `${repr(size)}, alpha=${reprFloat(alpha)}, beta=${reprFloat(beta)}, k=${reprFloat(k)}`;
  }
}
