/** Adamax. */

import { zerosLike } from '../generated/torch.ts';
import { readTrailing, type Trailing } from '../nn/arguments.ts';
import type { Tensor } from '../tensor.ts';
import { biasCorrection } from './bias-correction.ts';
import { descent } from './descent.ts';
import {
  foreachAbs,
  foreachAddcdiv_,
  foreachAddScalar_,
  foreachLerp_,
  foreachMaximum_,
  foreachMul_,
} from './foreach.ts';
import { Optimizer, type OptimizerParams, type ParamState } from './optimizer.ts';
import { type CapturableOptions, expectBetas, expectNotNegative } from './options.ts';
import type { ParamGroup } from './param-group.ts';
import { div, numberOf, type Quantity } from './quantity.ts';

export interface AdamaxOptions extends CapturableOptions {
  /** Decay of the running mean of gradients and of their greatest size; `[0.9, 0.999]` by default. */
  betas: readonly [number, number];
  /** Added to the sizes of gradients; 1e-8 by default. */
  eps: number;
  /** L2 penalty; 0 by default. */
  weightDecay: number;
}

interface AdamaxState extends ParamState {
  step: number;
  expAvg: Tensor;
  expInf: Tensor;
}

const defaults: AdamaxOptions = {
  lr: 2e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  foreach: null,
  maximize: false,
  differentiable: false,
  capturable: false,
};

type AdamaxArguments = Trailing<
  [lr: Quantity, betas: readonly [number, number], eps: number, weightDecay: number, foreach: boolean | null],
  Partial<AdamaxOptions>
>;

/**
 * Adamax, Adam by the infinity norm (Kingma and Ba 2015; `torch.optim.Adamax`).
 *
 * @example
 * const optimizer = new optim.Adamax(model.parameters(), { lr: 2e-3 });
 */
export class Adamax extends Optimizer<AdamaxOptions, AdamaxState> {
  constructor(params: OptimizerParams<AdamaxOptions>, ...rest: AdamaxArguments) {
    super(params, readTrailing('Adamax', ['lr', 'betas', 'eps', 'weightDecay', 'foreach'], rest, defaults));
  }

  protected check({ betas, eps, weightDecay }: AdamaxOptions): void {
    expectBetas('Adamax: betas', betas);
    expectNotNegative('Adamax: eps', eps);
    expectNotNegative('Adamax: weightDecay', weightDecay);
  }

  protected update(group: ParamGroup<AdamaxOptions>, given: Tensor[], grads: Tensor[]): void {
    const states = given.map((param, i) =>
      this.stateOf(param, grads[i] as Tensor, () => ({ step: 0, expAvg: zerosLike(param), expInf: zerosLike(param) })),
    );
    for (const state of states) state.step++;
    const { betas, eps } = group;
    const [beta1, beta2] = betas;
    const lists = this.usesLists(group, given);
    const { params, direction, real } = descent(group, given, grads, lists);
    const expAvgs = real(states.map((state) => state.expAvg));
    const expInfs = real(states.map((state) => state.expInf));
    foreachLerp_(expAvgs, direction, 1 - beta1);
    foreachMul_(expInfs, beta2);
    const sizes = foreachAbs(direction);
    foreachAddScalar_(sizes, eps);
    foreachMaximum_(expInfs, sizes);
    // Lists take a tensor's value first and compute in numbers.
    const lr = lists ? numberOf(group.lr) : group.lr;
    foreachAddcdiv_(
      params,
      expAvgs,
      expInfs,
      states.map(({ step }) => -numberOf(div(lr, biasCorrection(step, beta1)))),
    );
  }
}
