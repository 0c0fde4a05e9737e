/** RMSprop. */

import { zerosLike } from '../generated/torch.ts';
import { readTrailing, type Trailing } from '../nn/arguments.ts';
import type { Tensor } from '../tensor.ts';
import { descent } from './descent.ts';
import {
  foreachAdd_,
  foreachAddcdivScalar_,
  foreachAddcmul,
  foreachAddcmul_,
  foreachAddScalar_,
  foreachLerp_,
  foreachMul_,
  foreachSqrt,
  foreachSqrt_,
} from './foreach.ts';
import { Optimizer, type OptimizerParams, type ParamState } from './optimizer.ts';
import { type CapturableOptions, expectNotNegative } from './options.ts';
import type { ParamGroup } from './param-group.ts';
import { numberOf, type Quantity } from './quantity.ts';

export interface RmspropOptions extends CapturableOptions {
  /** Decay of the running means; 0.99 by default. */
  alpha: number;
  /** Added to the denominator; 1e-8 by default. */
  eps: number;
  /** L2 penalty; 0 by default. */
  weightDecay: number;
  /** 0 by default. */
  momentum: number;
  /** Divides by an estimate of the gradient's deviation from its mean. */
  centered: boolean;
}

interface RmspropState extends ParamState {
  step: number;
  squareAvg: Tensor;
  momentumBuffer?: Tensor;
  gradAvg?: Tensor;
}

const defaults: RmspropOptions = {
  lr: 1e-2,
  momentum: 0,
  alpha: 0.99,
  eps: 1e-8,
  centered: false,
  weightDecay: 0,
  capturable: false,
  foreach: null,
  maximize: false,
  differentiable: false,
};

type RmspropArguments = Trailing<
  [
    lr: Quantity,
    alpha: number,
    eps: number,
    weightDecay: number,
    momentum: number,
    centered: boolean,
    capturable: boolean,
    foreach: boolean | null,
    maximize: boolean,
    differentiable: boolean,
  ],
  Partial<RmspropOptions>
>;

/**
 * RMSprop (Hinton 2012), centered on demand (Graves 2013; `torch.optim.RMSprop`).
 *
 * @example
 * const optimizer = new optim.RMSprop(model.parameters(), { lr: 1e-2, momentum: 0.9 });
 */
export class RMSprop extends Optimizer<RmspropOptions, RmspropState> {
  constructor(params: OptimizerParams<RmspropOptions>, ...rest: RmspropArguments) {
    const names = 'lr alpha eps weightDecay momentum centered capturable foreach maximize differentiable'.split(' ');
    super(params, readTrailing('RMSprop', names as (keyof RmspropOptions)[], rest, defaults));
  }

  protected check({ alpha, eps, weightDecay, momentum }: RmspropOptions): void {
    expectNotNegative('RMSprop: eps', eps);
    expectNotNegative('RMSprop: momentum', momentum);
    expectNotNegative('RMSprop: weightDecay', weightDecay);
    expectNotNegative('RMSprop: alpha', alpha);
  }

  protected update(group: ParamGroup<RmspropOptions>, given: Tensor[], grads: Tensor[]): void {
    const states = given.map((param, i) => this.#stateOf(param, grads[i] as Tensor, group));
    for (const state of states) state.step++;
    const { alpha, eps, momentum, centered } = group;
    const { params, direction, real } = descent(group, given, grads, this.usesLists(group, given));
    const squareAvgs = real(states.map((state) => state.squareAvg));
    foreachMul_(squareAvgs, alpha);
    foreachAddcmul_(squareAvgs, direction, direction, 1 - alpha);
    let deviations: Tensor[];
    if (centered) {
      const gradAvgs = real(states.map((state) => state.gradAvg as Tensor));
      foreachLerp_(gradAvgs, direction, 1 - alpha);
      deviations = foreachAddcmul(squareAvgs, gradAvgs, gradAvgs, -1);
      foreachSqrt_(deviations);
    } else deviations = foreachSqrt(squareAvgs);
    foreachAddScalar_(deviations, eps);
    const lr = numberOf(group.lr);
    if (momentum > 0) {
      const buffers = real(states.map((state) => state.momentumBuffer as Tensor));
      foreachMul_(buffers, momentum);
      foreachAddcdivScalar_(buffers, direction, deviations, 1);
      foreachAdd_(params, buffers, { alpha: -lr });
    } else foreachAddcdivScalar_(params, direction, deviations, -lr);
  }

  #stateOf(param: Tensor, grad: Tensor, { momentum, centered }: RmspropOptions): RmspropState {
    return this.stateOf(param, grad, () => {
      const state: RmspropState = { step: 0, squareAvg: zerosLike(param) };
      if (momentum > 0) state.momentumBuffer = zerosLike(param);
      if (centered) state.gradAvg = zerosLike(param);
      return state;
    });
  }
}
