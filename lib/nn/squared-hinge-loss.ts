/** Squared hinge loss as a module. */

import { readTrailing, type Trailing } from './arguments.ts';
import { type SquaredHingeLossOptions, squaredHingeDefaults } from './functional/squared-hinge-loss.ts';
import { HingeLoss } from './hinge-loss.ts';
import { reprFloat } from './python-repr.ts';

/** `max(0, m - y·s)²` of scores and labels -1 or +1: `nn.functional.squaredHingeLoss` as a module. */
export class SquaredHingeLoss extends HingeLoss {
  constructor(...rest: Trailing<[margin: number], SquaredHingeLossOptions>) {
    super({ ...readTrailing('SquaredHingeLoss', ['margin'], rest, squaredHingeDefaults), power: 2 });
  }

  override extraRepr(): string {
    return `margin=${reprFloat(this.margin)}`;
  }
}
