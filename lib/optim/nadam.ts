/** NAdam. */

import { getDefaultDtype, tensor } from '../creation.ts';
import { zerosLike } from '../generated/torch.ts';
import { readTrailing, type Trailing } from '../nn/arguments.ts';
import type { Tensor } from '../tensor.ts';
import { biasCorrection, biasCorrectionRoot, rememberingLast } from './bias-correction.ts';
import { descent } from './descent.ts';
import {
  foreachAddcdiv_,
  foreachAddcmul_,
  foreachAddScalar_,
  foreachDiv,
  foreachDiv_,
  foreachLerp_,
  foreachMul_,
  foreachMulScalars_,
  foreachSqrt,
  foreachSqrt_,
} from './foreach.ts';
import { pow } from './libm.ts';
import { Optimizer, type OptimizerParams, type ParamState } from './optimizer.ts';
import { type CapturableOptions, expectBetas, expectNotNegative } from './options.ts';
import type { ParamGroup } from './param-group.ts';
import { div, mul, numberOf, type Quantity } from './quantity.ts';

export interface NadamOptions extends CapturableOptions {
  /** Decay of the running means of gradients and of their squares; `[0.9, 0.999]` by default. */
  betas: readonly [number, number];
  /** Added to the denominator; 1e-8 by default. */
  eps: number;
  /** L2 penalty; 0 by default. */
  weightDecay: number;
  /** How fast the momentum grows; 4e-3 by default. */
  momentumDecay: number;
  /** Shrinks parameters directly, not through the gradient. */
  decoupledWeightDecay: boolean;
}

interface NadamState extends ParamState {
  step: number;
  /** The product of all momenta so far. */
  muProduct: Tensor;
  expAvg: Tensor;
  expAvgSq: Tensor;
}

const defaults: NadamOptions = {
  lr: 2e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  momentumDecay: 4e-3,
  decoupledWeightDecay: false,
  maximize: false,
  foreach: null,
  capturable: false,
  differentiable: false,
};

type NadamArguments = Trailing<
  [
    lr: Quantity,
    betas: readonly [number, number],
    eps: number,
    weightDecay: number,
    momentumDecay: number,
    decoupledWeightDecay: boolean,
  ],
  Partial<NadamOptions>
>;

function momentum(beta: number, exponent: number): number {
  return beta * (1 - 0.5 * pow(0.96, exponent));
}

/** Momenta of this step and of the next. */
const momenta = rememberingLast((step, beta, decay) => {
  const [at, of, by] = [step as number, beta as number, decay as number];
  return { now: momentum(of, at * by), next: momentum(of, (at + 1) * by) };
});

/**
 * Adam with Nesterov momentum (Dozat 2016; `torch.optim.NAdam`).
 *
 * @example
 * const optimizer = new optim.NAdam(model.parameters(), { lr: 2e-3 });
 */
export class NAdam extends Optimizer<NadamOptions, NadamState> {
  constructor(params: OptimizerParams<NadamOptions>, ...rest: NadamArguments) {
    const names = ['lr', 'betas', 'eps', 'weightDecay', 'momentumDecay', 'decoupledWeightDecay'] as const;
    super(params, readTrailing('NAdam', names, rest, defaults));
  }

  protected check({ betas, eps, weightDecay, momentumDecay }: NadamOptions): void {
    expectBetas('NAdam: betas', betas);
    expectNotNegative('NAdam: eps', eps);
    expectNotNegative('NAdam: weightDecay', weightDecay);
    expectNotNegative('NAdam: momentumDecay', momentumDecay);
  }

  protected update(group: ParamGroup<NadamOptions>, given: Tensor[], grads: Tensor[]): void {
    const states = given.map((param, i) => this.#stateOf(param, grads[i] as Tensor));
    for (const state of states) state.step++;
    const { betas, eps, momentumDecay } = group;
    const [beta1, beta2] = betas;
    const { params, direction, real } = descent(group, given, grads, true);
    const mus = states.map(({ step }) => momenta(step, beta1, momentumDecay));
    const muProducts = states.map((state) => state.muProduct);
    foreachMulScalars_(
      muProducts,
      mus.map(({ now }) => now),
    );
    const expAvgs = real(states.map((state) => state.expAvg));
    const expAvgSqs = real(states.map((state) => state.expAvgSq));
    foreachLerp_(expAvgs, direction, 1 - beta1);
    foreachMul_(expAvgSqs, beta2);
    foreachAddcmul_(expAvgSqs, direction, direction, 1 - beta2);
    const lists = this.usesLists(group, given);
    let denominators: Tensor[];
    if (lists) {
      denominators = foreachSqrt(expAvgSqs);
      foreachDiv_(
        denominators,
        states.map(({ step }) => biasCorrectionRoot(step, beta2)),
      );
    } else {
      denominators = foreachDiv(
        expAvgSqs,
        states.map(({ step }) => biasCorrection(step, beta2)),
      );
      foreachSqrt_(denominators);
    }
    foreachAddScalar_(denominators, eps);
    // Lists take a tensor's value first and compute in numbers.
    const rate = lists ? numberOf(group.lr) : group.lr;
    const products = muProducts.map((product) => product.item() as number);
    const part = (share: number, rest: number) => -numberOf(div(mul(rate, share), rest));
    foreachAddcdiv_(
      params,
      direction,
      denominators,
      mus.map(({ now }, i) => part(1 - now, 1 - (products[i] as number))),
    );
    foreachAddcdiv_(
      params,
      expAvgs,
      denominators,
      mus.map(({ next }, i) => part(next, 1 - (products[i] as number) * next)),
    );
  }

  #stateOf(param: Tensor, grad: Tensor): NadamState {
    const dtype = getDefaultDtype() === 'float64' ? 'float64' : 'float32';
    return this.stateOf(param, grad, () => ({
      step: 0,
      muProduct: tensor(1, { dtype, device: 'cpu' }),
      expAvg: zerosLike(param),
      expAvgSq: zerosLike(param),
    }));
  }
}
