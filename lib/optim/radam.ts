/** RAdam. */

import { zerosLike } from '../generated/torch.ts';
import { readTrailing, type Trailing } from '../nn/arguments.ts';
import type { Tensor } from '../tensor.ts';
import { biasCorrection, biasCorrectionRoot, rememberingLast } from './bias-correction.ts';
import { descent } from './descent.ts';
import {
  foreachAdd_,
  foreachAddcmul_,
  foreachAddScalar_,
  foreachAddScalars_,
  foreachDiv,
  foreachDiv_,
  foreachLerp_,
  foreachMul_,
  foreachReciprocal_,
  foreachSqrt,
} from './foreach.ts';
import { pow } from './libm.ts';
import { Optimizer, type OptimizerParams, type ParamState } from './optimizer.ts';
import { type CapturableOptions, expectBetas, expectNotNegative } from './options.ts';
import type { ParamGroup } from './param-group.ts';
import { div, mul, numberOf, type Quantity } from './quantity.ts';

export interface RadamOptions extends CapturableOptions {
  /** Decay of the running means of gradients and of their squares; `[0.9, 0.999]` by default. */
  betas: readonly [number, number];
  /** Added to the denominator; 1e-8 by default. */
  eps: number;
  /** L2 penalty; 0 by default. */
  weightDecay: number;
  /** Shrinks parameters directly, not through the gradient. */
  decoupledWeightDecay: boolean;
}

interface RadamState extends ParamState {
  step: number;
  expAvg: Tensor;
  expAvgSq: Tensor;
}

const defaults: RadamOptions = {
  lr: 1e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  maximize: false,
  foreach: null,
  capturable: false,
  decoupledWeightDecay: false,
  differentiable: false,
};

type RadamArguments = Trailing<
  [lr: Quantity, betas: readonly [number, number], eps: number, weightDecay: number, decoupledWeightDecay: boolean],
  Partial<RadamOptions>
>;

/** The factor that tames the first steps' variance, or null while that cannot be estimated. */
const rectification = rememberingLast((at, beta): number | null => {
  const [step, beta2] = [at as number, beta as number];
  const limit = 2 / (1 - beta2) - 1;
  const length = limit - (2 * step * pow(beta2, step)) / biasCorrection(step, beta2);
  if (!(length > 5)) return null;
  return pow(((length - 4) * (length - 2) * limit) / ((limit - 4) * (limit - 2) * length), 0.5);
});

/**
 * Adam that warms up by itself (Liu et al. 2020; `torch.optim.RAdam`).
 *
 * @example
 * const optimizer = new optim.RAdam(model.parameters(), { lr: 1e-3 });
 */
export class RAdam extends Optimizer<RadamOptions, RadamState> {
  constructor(params: OptimizerParams<RadamOptions>, ...rest: RadamArguments) {
    const names = ['lr', 'betas', 'eps', 'weightDecay', 'decoupledWeightDecay'] as const;
    super(params, readTrailing('RAdam', names, rest, defaults));
  }

  protected check({ betas, eps, weightDecay }: RadamOptions): void {
    expectBetas('RAdam: betas', betas);
    expectNotNegative('RAdam: eps', eps);
    expectNotNegative('RAdam: weightDecay', weightDecay);
  }

  protected update(group: ParamGroup<RadamOptions>, given: Tensor[], grads: Tensor[]): void {
    const states = given.map((param, i) =>
      this.stateOf(param, grads[i] as Tensor, () => ({
        step: 0,
        expAvg: zerosLike(param),
        expAvgSq: zerosLike(param),
      })),
    );
    for (const state of states) state.step++;
    const { betas } = group;
    const { params, direction, real } = descent(group, given, grads, true);
    const expAvgs = real(states.map((state) => state.expAvg));
    const expAvgSqs = real(states.map((state) => state.expAvgSq));
    foreachLerp_(expAvgs, direction, 1 - betas[0]);
    foreachMul_(expAvgSqs, betas[1]);
    foreachAddcmul_(expAvgSqs, direction, direction, 1 - betas[1]);
    const steps = states.map(({ step }) => step);
    if (this.usesLists(group, given)) moveLists(group, params, expAvgs, expAvgSqs, steps);
    else moveEach(group, params, expAvgs, expAvgSqs, steps);
  }
}

/** As PyTorch moves lists: one factor for each element, whether rectified or not. */
function moveLists(group: RadamOptions, params: Tensor[], expAvgs: Tensor[], expAvgSqs: Tensor[], steps: number[]) {
  const { betas, lr, eps } = group;
  const factors = steps.map((step) => {
    const rect = rectification(step, betas[1]);
    const correction = biasCorrection(step, betas[0]);
    const root = biasCorrectionRoot(step, betas[1]);
    return {
      plain: -numberOf(div(mul(lr, rect === null ? 1 : 0), correction)),
      rectified: -numberOf(mul(root, div(mul(lr, rect ?? 0), correction))),
    };
  });
  const sizes = foreachSqrt(expAvgSqs);
  foreachAddScalar_(sizes, eps);
  foreachDiv_(
    sizes,
    factors.map(({ rectified }) => rectified),
  );
  foreachReciprocal_(sizes);
  foreachAddScalars_(
    sizes,
    factors.map(({ plain }) => plain),
  );
  foreachAddcmul_(params, expAvgs, sizes, 1);
}

/** As PyTorch moves parameters one by one. */
function moveEach(group: RadamOptions, params: Tensor[], expAvgs: Tensor[], expAvgSqs: Tensor[], steps: number[]) {
  const { betas, lr, eps } = group;
  const moves = foreachDiv(
    expAvgs,
    steps.map((step) => biasCorrection(step, betas[0])),
  );
  if (typeof lr === 'number') foreachMul_(moves, lr);
  else for (const move of moves) move.mul_(lr);
  for (const [i, step] of steps.entries()) {
    const rect = rectification(step, betas[1]);
    if (rect === null) continue;
    const size = (expAvgSqs[i] as Tensor).sqrt().add_(eps);
    const rate = div(biasCorrectionRoot(step, betas[1]), size) as Tensor;
    (moves[i] as Tensor).mul_(rate).mul_(rect);
  }
  foreachAdd_(params, moves, { alpha: -1 });
}
