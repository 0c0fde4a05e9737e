/** Adam. */

import { tensor } from '../creation.ts';
import type { DeviceLike } from '../device.ts';
import { zerosLike } from '../generated/torch.ts';
import { readTrailing, type Trailing } from '../nn/arguments.ts';
import { overloadFunction } from '../operator.ts';
import type { Tensor } from '../tensor.ts';
import { biasCorrection, biasCorrectionRoot } from './bias-correction.ts';
import { descent } from './descent.ts';
import {
  byDeviceAndDtype,
  foreachAddcdiv_,
  foreachAddcmul_,
  foreachAddScalar_,
  foreachDiv_,
  foreachLerp_,
  foreachMaximum_,
  foreachMul_,
  foreachSqrt,
} from './foreach.ts';
import { Optimizer, type OptimizerParams, type ParamState } from './optimizer.ts';
import { type CapturableOptions, expectBetas, expectNotNegative, type FusedOptions } from './options.ts';
import type { ParamGroup } from './param-group.ts';
import { div, numberOf, type Quantity } from './quantity.ts';

export interface AdamOptions extends CapturableOptions, FusedOptions {
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
  step: number;
  expAvg: Tensor;
  expAvgSq: Tensor;
  maxExpAvgSq?: Tensor;
}

const defaults: AdamOptions = {
  lr: 1e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  amsgrad: false,
  maximize: false,
  foreach: null,
  capturable: false,
  differentiable: false,
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

export type AdamArguments<Options = AdamOptions> = Trailing<
  [lr: Quantity, betas: readonly [number, number], eps: number, weightDecay: number, amsgrad: boolean],
  Partial<Options>
>;

/** Tensors that hold steps for a fused kernel: one for all parameters at the same step, since kernels only read it. */
export function stepTensors(steps: readonly number[], device: DeviceLike): Tensor[] {
  const made = new Map<number, Tensor>();
  return steps.map((step) => {
    let held = made.get(step);
    if (held === undefined) {
      held = tensor(step, { dtype: 'float32', device });
      made.set(step, held);
    }
    return held;
  });
}

/**
 * Adam (Kingma and Ba 2015; `torch.optim.Adam`).
 *
 * @example
 * const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 });
 */
export class Adam extends Optimizer<AdamOptions, AdamState> {
  constructor(params: OptimizerParams<AdamOptions>, ...rest: AdamArguments) {
    super(params, readTrailing('Adam', ['lr', 'betas', 'eps', 'weightDecay', 'amsgrad'], rest, defaults));
  }

  protected check({ lr, betas, eps, weightDecay, foreach }: AdamOptions): void {
    const where = this.constructor.name;
    expectBetas(`${where}: betas`, betas);
    expectNotNegative(`${where}: eps`, eps);
    expectNotNegative(`${where}: weightDecay`, weightDecay);
    if (foreach === true && typeof lr !== 'number') {
      throw new RangeError(`${where}: lr must be a number with foreach, got a tensor`);
    }
  }

  protected update(group: ParamGroup<AdamOptions>, given: Tensor[], grads: Tensor[]): void {
    const states = given.map((param, i) => this.#stateOf(param, grads[i] as Tensor, group));
    for (const state of states) state.step++;
    if (group.fused === true) {
      this.#updateFused(group, given, grads, states);
      return;
    }
    const { lr, betas, eps } = group;
    const [beta1, beta2] = betas;
    const { params, direction, real } = descent(group, given, grads, this.usesLists(group, given));
    const expAvgs = real(states.map((state) => state.expAvg));
    const expAvgSqs = real(states.map((state) => state.expAvgSq));
    foreachLerp_(expAvgs, direction, 1 - beta1);
    foreachMul_(expAvgSqs, beta2);
    foreachAddcmul_(expAvgSqs, direction, direction, 1 - beta2);
    let squares = expAvgSqs;
    if (group.amsgrad) {
      squares = real(states.map((state) => state.maxExpAvgSq as Tensor));
      foreachMaximum_(squares, expAvgSqs);
    }
    const denominators = foreachSqrt(squares);
    foreachDiv_(
      denominators,
      states.map(({ step }) => biasCorrectionRoot(step, beta2)),
    );
    foreachAddScalar_(denominators, eps);
    foreachAddcdiv_(
      params,
      expAvgs,
      denominators,
      states.map(({ step }) => -numberOf(div(lr, biasCorrection(step, beta1)))),
    );
  }

  #updateFused(group: ParamGroup<AdamOptions>, params: Tensor[], grads: Tensor[], states: AdamState[]): void {
    const { betas, eps, weightDecay, amsgrad, maximize } = group;
    const lr = numberOf(group.lr);
    const options = { lr, beta1: betas[0], beta2: betas[1], weightDecay, eps, amsgrad, maximize };
    const kernel = group.decoupledWeightDecay ? fusedAdamW : fusedAdam;
    for (const { device, positions } of byDeviceAndDtype(params)) {
      const chosen = positions.map((i) => states[i] as AdamState);
      kernel(
        positions.map((i) => params[i] as Tensor),
        positions.map((i) => grads[i] as Tensor),
        chosen.map((state) => state.expAvg),
        chosen.map((state) => state.expAvgSq),
        amsgrad ? chosen.map((state) => state.maxExpAvgSq as Tensor) : [],
        stepTensors(
          chosen.map((state) => state.step),
          device,
        ),
        options,
      );
    }
  }

  #stateOf(param: Tensor, grad: Tensor, { fused, amsgrad }: AdamOptions): AdamState {
    return this.stateOf(param, grad, () => {
      if (fused === true) this.expectFloating(param);
      const state: AdamState = { step: 0, expAvg: zerosLike(param), expAvgSq: zerosLike(param) };
      if (amsgrad) state.maxExpAvgSq = zerosLike(param);
      return state;
    });
  }
}
