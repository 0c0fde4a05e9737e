/** The clipped identity. */

import { hardtanh, hardtanh_ } from '../generated/nn.ts';
import type { Tensor } from '../tensor.ts';
import { expectNumber, readTrailing, type Trailing } from './arguments.ts';
import type { InplaceOption } from './functional/activations.ts';
import { Module } from './module.ts';
import { reprFloat } from './python-repr.ts';

export interface HardtanhOptions extends InplaceOption {
  /** The least output; -1 by default. */
  minVal?: number;
  /** The greatest output; 1 by default. */
  maxVal?: number;
}

const defaults: Required<HardtanhOptions> = { minVal: -1, maxVal: 1, inplace: false };

/**
 * `x` clipped to `minVal` … `maxVal` (`torch.nn.Hardtanh`).
 * @throws RangeError if `maxVal` is not greater than `minVal`.
 */
export class Hardtanh extends Module {
  minVal: number;
  maxVal: number;
  inplace: boolean;

  constructor(...rest: Trailing<[minVal: number, maxVal: number, inplace: boolean], HardtanhOptions>) {
    super();
    const where = new.target.name;
    const { minVal, maxVal, inplace } = readTrailing(where, ['minVal', 'maxVal', 'inplace'], rest, defaults);
    this.minVal = expectNumber(`${where}: minVal`, minVal);
    this.maxVal = expectNumber(`${where}: maxVal`, maxVal);
    if (maxVal <= minVal) {
      throw new RangeError(`${where}: maxVal must be greater than minVal, got ${maxVal} and ${minVal}`);
    }
    this.inplace = inplace;
  }

  forward(input: Tensor): Tensor {
    return (this.inplace ? hardtanh_ : hardtanh)(input, this.minVal, this.maxVal);
  }

  override extraRepr(): string {
    const range = `min_val=${reprFloat(this.minVal)}, max_val=${reprFloat(this.maxVal)}`;
    return this.inplace ? `${range}, inplace=True` : range;
  }
}
