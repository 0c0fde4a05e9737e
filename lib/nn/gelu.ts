/** The Gaussian error linear unit. */

import { describeValue } from '../errors.ts';
import { gelu } from '../generated/nn.ts';
import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import { Module } from './module.ts';
import { repr } from './python-repr.ts';

/** How the normal distribution is computed: exactly, or by a hyperbolic tangent. */
export type GELUApproximation = 'none' | 'tanh';

export interface GELUOptions {
  approximate?: GELUApproximation;
}

/** `x·Φ(x)`, Φ being the normal distribution's cumulative function (`torch.nn.GELU`). */
export class GELU extends Module {
  approximate: GELUApproximation;

  constructor(...rest: Trailing<[approximate: GELUApproximation], GELUOptions>) {
    super();
    const defaults: Required<GELUOptions> = { approximate: 'none' };
    const { approximate } = readTrailing('GELU', ['approximate'], rest, defaults);
    if (approximate !== 'none' && approximate !== 'tanh') {
      throw new RangeError(`GELU: approximate must be 'none' or 'tanh', got ${describeValue(approximate)}`);
    }
    this.approximate = approximate;
  }

  forward(input: Tensor): Tensor {
    return gelu(input, { approximate: this.approximate });
  }

  override extraRepr(): string {
    return `approximate=${repr(this.approximate)}`;
  }
}
