/** Adam. */

import { tensor } from '../creation.ts';
import { isComplexDType } from '../dtype.ts';
import { describeValue } from '../errors.ts';
import { pow, viewAsReal, zeros, zerosLike } from '../generated/torch.ts';
import { readTrailing, type Trailing } from '../nn/arguments.ts';
import { overloadFunction } from '../operator.ts';
import { keep, scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import {
  byDeviceAndDtype,
  foreachAdd,
  foreachAddcdiv_,
  foreachAddcmul_,
  foreachAddScalar_,
  foreachDiv_,
  foreachLerp_,
  foreachMaximum_,
  foreachMul_,
  foreachNeg,
  foreachSqrt,
} from './foreach.ts';
import {
  expectNotNegative,
  Optimizer,
  type OptimizerOptions,
  type OptimizerParams,
  type ParamGroup,
  type ParamState,
} from './optimizer.ts';

export interface AdamOptions extends OptimizerOptions {
  /** Decay of the running means of gradients and of their squares; `[0.9, 0.999]` by default. */
  betas: readonly [number, number];
  /** Added to the denominator; 1e-8 by default. */
  eps: number;
  /** L2 penalty; 0 by default. */
  weightDecay: number;
  /** Divides by the greatest mean so far. */
  amsgrad: boolean;
  /** Shrinks parameters directly, not through the gradient: AdamW. */
  decoupledWeightDecay: boolean;
}

interface AdamState extends ParamState {
  /** Steps so far; a tensor where the fused kernel counts them. */
  step: number | Tensor;
  expAvg: Tensor;
  expAvgSq: Tensor;
}

const defaults: AdamOptions = {
  lr: 1e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  amsgrad: false,
  maximize: false,
  foreach: null,
  fused: null,
  decoupledWeightDecay: false,
};

type FusedAdam = (
  params: readonly Tensor[],
  grads: readonly Tensor[],
  expAvgs: readonly Tensor[],
  expAvgSqs: readonly Tensor[],
  maxExpAvgSqs: readonly Tensor[],
  steps: readonly Tensor[],
  options: {
    lr: number;
    beta1: number;
    beta2: number;
    weightDecay: number;
    eps: number;
    amsgrad: boolean;
    maximize: boolean;
  },
) => void;

const fusedAdam = overloadFunction('aten', '_fused_adam_', '') as FusedAdam;
const fusedAdamW = overloadFunction('aten', '_fused_adamw_', '') as FusedAdam;

/** Powers as libtorch and Python compute them: JavaScript's `**` may differ in the last bit. */
function powers(bases: number[], exponents: number[]): number[] {
  const options = { dtype: 'float64', device: 'cpu' } as const;
  return scope(() => pow(tensor(bases, options), tensor(exponents, options)).tolist() as number[]);
}

/** What corrects the means' bias towards zero after a number of steps. */
interface Correction {
  readonly betas: readonly [number, number];
  readonly step: number;
  readonly first: number;
  readonly secondRoot: number;
}

type AdamArguments = Trailing<
  [lr: number, betas: readonly [number, number], eps: number, weightDecay: number, amsgrad: boolean],
  Partial<AdamOptions>
>;

/**
 * Adam (Kingma and Ba 2015; `torch.optim.Adam`).
 *
 * @example
 * const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 });
 */
export class Adam extends Optimizer<AdamOptions, AdamState> {
  #correction: Correction | undefined;

  constructor(params: OptimizerParams<AdamOptions>, ...rest: AdamArguments) {
    super(params, readTrailing('Adam', ['lr', 'betas', 'eps', 'weightDecay', 'amsgrad'], rest, defaults));
  }

  protected check({ lr, betas, eps, weightDecay, foreach, fused }: AdamOptions): void {
    expectNotNegative('Adam: lr', lr);
    expectNotNegative('Adam: eps', eps);
    expectNotNegative('Adam: weightDecay', weightDecay);
    if (!Array.isArray(betas) || betas.length !== 2) {
      throw new TypeError(`Adam: betas must be two numbers, got ${describeValue(betas)}`);
    }
    for (const [i, beta] of betas.entries()) {
      if (!(beta >= 0 && beta < 1))
        throw new RangeError(`Adam: betas[${i}] must be at least 0 and below 1, got ${beta}`);
    }
    if (foreach === true && fused === true) throw new RangeError('Adam: foreach and fused must not both be true');
  }

  /** @internal */
  options(group: ParamGroup<AdamOptions>): Record<string, unknown> {
    return {
      lr: group.lr,
      betas: [...group.betas],
      eps: group.eps,
      weight_decay: group.weightDecay,
      amsgrad: group.amsgrad,
      maximize: group.maximize,
      foreach: group.foreach,
      capturable: false,
      differentiable: false,
      fused: group.fused,
      decoupled_weight_decay: group.decoupledWeightDecay,
    };
  }

  protected update(group: ParamGroup<AdamOptions>, params: Tensor[], grads: Tensor[]): void {
    const states = params.map((param) => this.#stateOf(param, group));
    if (group.fused === true) {
      this.#updateFused(group, params, grads, states);
      return;
    }
    const { lr, betas, eps, weightDecay } = group;
    const [beta1, beta2] = betas;
    const real = params.some((param) => isComplexDType(param.dtype)) ? asReal : (list: Tensor[]) => list;
    const corrections = states.map((state) => {
      state.step = (state.step as number) + 1;
      return this.#correct(betas, state.step);
    });
    let direction = group.maximize ? foreachNeg(grads) : grads;
    if (weightDecay !== 0) {
      if (group.decoupledWeightDecay) foreachMul_(params, 1 - lr * weightDecay);
      else direction = foreachAdd(direction, params, { alpha: weightDecay });
    }
    direction = real(direction);
    const expAvgs = real(states.map((state) => state.expAvg));
    const expAvgSqs = real(states.map((state) => state.expAvgSq));
    foreachLerp_(expAvgs, direction, 1 - beta1);
    foreachMul_(expAvgSqs, beta2);
    foreachAddcmul_(expAvgSqs, direction, direction, 1 - beta2);
    let denominators: Tensor[];
    if (group.amsgrad) {
      const greatest = real(states.map((state) => state.maxExpAvgSq as Tensor));
      foreachMaximum_(greatest, expAvgSqs);
      denominators = foreachSqrt(greatest);
    } else denominators = foreachSqrt(expAvgSqs);
    foreachDiv_(
      denominators,
      corrections.map(({ secondRoot }) => secondRoot),
    );
    foreachAddScalar_(denominators, eps);
    foreachAddcdiv_(
      real(params),
      expAvgs,
      denominators,
      corrections.map(({ first }) => -(lr / first)),
    );
  }

  #updateFused(group: ParamGroup<AdamOptions>, params: Tensor[], grads: Tensor[], states: AdamState[]): void {
    const { lr, betas, eps, weightDecay, amsgrad, maximize } = group;
    const options = { lr, beta1: betas[0], beta2: betas[1], weightDecay, eps, amsgrad, maximize };
    const kernel = group.decoupledWeightDecay ? fusedAdamW : fusedAdam;
    for (const positions of byDeviceAndDtype(params)) {
      const chosen = positions.map((i) => states[i] as AdamState);
      const steps = chosen.map((state) => state.step as Tensor);
      foreachAddScalar_(steps, 1);
      kernel(
        positions.map((i) => params[i] as Tensor),
        positions.map((i) => grads[i] as Tensor),
        chosen.map((state) => state.expAvg),
        chosen.map((state) => state.expAvgSq),
        amsgrad ? chosen.map((state) => state.maxExpAvgSq as Tensor) : [],
        steps,
        options,
      );
    }
  }

  #stateOf(param: Tensor, group: AdamOptions): AdamState {
    let state = this.state.get(param);
    if (state === undefined) {
      const step = group.fused === true ? keep(zeros([], { dtype: 'float32', device: param.device })) : 0;
      state = { step, expAvg: keep(zerosLike(param)), expAvgSq: keep(zerosLike(param)) };
      if (group.amsgrad) state.maxExpAvgSq = keep(zerosLike(param));
      this.state.set(param, state);
    }
    return state;
  }

  #correct(betas: readonly [number, number], step: number): Correction {
    const last = this.#correction;
    if (last?.step === step && last.betas[0] === betas[0] && last.betas[1] === betas[1]) return last;
    const [first, second] = powers([...betas], [step, step]) as [number, number];
    const [secondRoot] = powers([1 - second], [0.5]) as [number];
    this.#correction = { betas: [...betas], step, first: 1 - first, secondRoot };
    return this.#correction;
  }
}

/** Complex tensors as pairs of real numbers. */
function asReal(tensors: Tensor[]): Tensor[] {
  return tensors.map((each) => (isComplexDType(each.dtype) ? viewAsReal(each) : each));
}
