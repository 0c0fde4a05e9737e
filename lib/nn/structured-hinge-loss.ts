/** The hinge whose margin is what a mistake costs, as a module. */

import type { Tensor } from '../tensor.ts';
import { readTrailing } from './arguments.ts';
import { expectCost } from './functional/class-margins.ts';
import { expectPower, type HingePower } from './functional/hinge-loss.ts';
import type { Reduction } from './functional/reduction.ts';
import {
  type CostRescaling,
  expectRescaling,
  type StructuredHingeLossOptions,
  structuredHinge,
  structuredHingeDefaults,
} from './functional/structured-hinge-loss.ts';
import { Module } from './module.ts';
import { reprFloat } from './python-repr.ts';

/**
 * `max_y (cost(y*, y) + s_y) - s_{y*}` per sample: `nn.functional.structuredHingeLoss` as a module. The cost `[K, K]` is a
 * buffer.
 *
 * @example
 * const lossFn = new torch.nn.StructuredHingeLoss(cost, { rescaling: 'slack' });
 */
export class StructuredHingeLoss extends Module {
  cost: Tensor;
  rescaling: CostRescaling;
  margin: number;
  power: HingePower;
  weight: Tensor | null;
  reduction: Reduction;
  validate: boolean;

  constructor(cost: Tensor, ...rest: [options?: StructuredHingeLossOptions]) {
    super();
    const where = 'StructuredHingeLoss';
    const options = readTrailing(where, [], rest, structuredHingeDefaults);
    expectCost(where, cost);
    this.cost = this.registerBuffer('cost', cost) as Tensor;
    this.rescaling = expectRescaling(where, options.rescaling);
    this.margin = options.margin;
    this.power = expectPower(where, options.power);
    this.weight = this.registerBuffer('weight', options.weight);
    this.reduction = options.reduction;
    this.validate = options.validate;
  }

  /** Scores `[B, K]`, targets `[B]` int64. */
  forward(scores: Tensor, targets: Tensor): Tensor {
    return structuredHinge('StructuredHingeLoss', scores, targets, this.cost, this);
  }

  override extraRepr(): string {
    const slack = this.rescaling === 'slack' ? ", rescaling='slack'" : '';
    return `margin=${reprFloat(this.margin)}${this.power === 2 ? ', power=2' : ''}${slack}`;
  }
}
