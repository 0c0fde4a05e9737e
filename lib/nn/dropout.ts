/** Dropout as layers. */

import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import {
  alphaDropout,
  dropout,
  dropout1d,
  dropout2d,
  dropout3d,
  expectProbability,
  featureAlphaDropout,
} from './functional/dropout.ts';
import { Module } from './module.ts';
import { repr, reprFloat } from './python-repr.ts';

export interface DropoutLayerOptions {
  /** The probability of an element, or of a channel, to be dropped; 0.5 by default. */
  p?: number;
  /** Changes the input itself. */
  inplace?: boolean;
}

type DropoutArguments = Trailing<[p: number, inplace: boolean], DropoutLayerOptions>;

/** What all of them have: a probability, and that they do nothing in evaluation mode. */
abstract class DropoutLayer extends Module {
  p: number;
  inplace: boolean;

  /** @throws RangeError if `p` is not between 0 and 1. */
  constructor(...rest: DropoutArguments) {
    super();
    const where = new.target.name;
    const { p, inplace } = readTrailing(where, ['p', 'inplace'], rest, { p: 0.5, inplace: false });
    this.p = expectProbability(where, p);
    this.inplace = inplace;
  }

  abstract override forward(input: Tensor): Tensor;

  override extraRepr(): string {
    return `p=${reprFloat(this.p)}, inplace=${repr(this.inplace)}`;
  }
}

/** Sets elements to zero at random in training mode, and does nothing in evaluation mode (`torch.nn.Dropout`). */
export class Dropout extends DropoutLayer {
  forward(input: Tensor): Tensor {
    return dropout(input, this.p, this.training, this.inplace);
  }
}

/** Sets whole channels of `[N, C, L]` or `[C, L]` to zero (`torch.nn.Dropout1d`). */
export class Dropout1d extends DropoutLayer {
  forward(input: Tensor): Tensor {
    return dropout1d(input, this.p, this.training, this.inplace);
  }
}

/** Sets whole channels of `[N, C, H, W]` to zero; `[N, C, L]` is taken, too (`torch.nn.Dropout2d`). */
export class Dropout2d extends DropoutLayer {
  forward(input: Tensor): Tensor {
    return dropout2d(input, this.p, this.training, this.inplace);
  }
}

/** Sets whole channels of `[N, C, D, H, W]` or `[C, D, H, W]` to zero (`torch.nn.Dropout3d`). */
export class Dropout3d extends DropoutLayer {
  forward(input: Tensor): Tensor {
    return dropout3d(input, this.p, this.training, this.inplace);
  }
}

/** Dropout that keeps mean and variance, for `SELU`; it never works in place (`torch.nn.AlphaDropout`). */
export class AlphaDropout extends DropoutLayer {
  forward(input: Tensor): Tensor {
    return alphaDropout(input, this.p, this.training);
  }
}

/** Alpha dropout of whole channels; it never works in place (`torch.nn.FeatureAlphaDropout`). */
export class FeatureAlphaDropout extends DropoutLayer {
  forward(input: Tensor): Tensor {
    return featureAlphaDropout(input, this.p, this.training);
  }
}
