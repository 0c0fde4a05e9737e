/** Adagrad. */

import { Complex } from '../complex.ts';
import { isComplexDType } from '../dtype.ts';
import { fullLike } from '../generated/torch.ts';
import { readTrailing, type Trailing } from '../nn/arguments.ts';
import { overloadFunction } from '../operator.ts';
import { keep } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { stepTensors } from './adam.ts';
import { descent } from './descent.ts';
import {
  byDeviceAndDtype,
  foreachAddcdiv_,
  foreachAddcdivScalar_,
  foreachAddcmul_,
  foreachAddScalar_,
  foreachMulScalars,
  foreachSqrt,
} from './foreach.ts';
import { Optimizer, type OptimizerParams, type ParamState } from './optimizer.ts';
import { expectNotNegative, type FusedOptions } from './options.ts';
import type { ParamGroup } from './param-group.ts';
import { div, numberOf, type Quantity } from './quantity.ts';
import { valuesOf, withValues } from './sparse-gradient.ts';

export interface AdagradOptions extends FusedOptions {
  /** How fast the learning rate falls; 0 by default. */
  lrDecay: number;
  /** L2 penalty; 0 by default. */
  weightDecay: number;
  /** Where the sums of squares begin; 0 by default. */
  initialAccumulatorValue: number;
  /** Added to the denominator; 1e-10 by default. */
  eps: number;
}

interface AdagradState extends ParamState {
  step: number;
  sum: Tensor;
}

const defaults: AdagradOptions = {
  lr: 1e-2,
  lrDecay: 0,
  eps: 1e-10,
  weightDecay: 0,
  initialAccumulatorValue: 0,
  foreach: null,
  maximize: false,
  differentiable: false,
  fused: null,
};

const fusedAdagrad = overloadFunction('aten', '_fused_adagrad_', '') as (
  params: readonly Tensor[],
  grads: readonly Tensor[],
  sums: readonly Tensor[],
  steps: readonly Tensor[],
  options: { lr: number; lrDecay: number; weightDecay: number; eps: number; maximize: boolean },
) => void;

type AdagradArguments = Trailing<
  [
    lr: Quantity,
    lrDecay: number,
    weightDecay: number,
    initialAccumulatorValue: number,
    eps: number,
    foreach: boolean | null,
  ],
  Partial<AdagradOptions>
>;

/**
 * Adagrad (Duchi, Hazan and Singer 2011; `torch.optim.Adagrad`). Takes sparse gradients, too.
 *
 * @example
 * const optimizer = new optim.Adagrad(model.parameters(), { lr: 0.05 });
 */
export class Adagrad extends Optimizer<AdagradOptions, AdagradState> {
  constructor(params: OptimizerParams<AdagradOptions>, ...rest: AdagradArguments) {
    const names = ['lr', 'lrDecay', 'weightDecay', 'initialAccumulatorValue', 'eps', 'foreach'] as const;
    super(params, readTrailing('Adagrad', names, rest, defaults));
    // As in PyTorch, parameters added later get their state at their first step.
    for (const group of this.paramGroups) for (const param of group.params) this.#stateOf(param);
  }

  protected check({ lrDecay, weightDecay, initialAccumulatorValue, eps }: AdagradOptions): void {
    expectNotNegative('Adagrad: lrDecay', lrDecay);
    expectNotNegative('Adagrad: weightDecay', weightDecay);
    expectNotNegative('Adagrad: initialAccumulatorValue', initialAccumulatorValue);
    expectNotNegative('Adagrad: eps', eps);
  }

  protected update(group: ParamGroup<AdagradOptions>, given: Tensor[], grads: Tensor[]): void {
    const states = given.map((param) => this.#stateOf(param));
    for (const state of states) state.step++;
    if (group.fused === true) {
      this.#updateFused(group, given, grads, states);
      return;
    }
    const rates = states.map(({ step }) => numberOf(div(group.lr, 1 + (step - 1) * group.lrDecay)));
    const isSparse = grads.map((grad) => grad.isSparse);
    if (isSparse.includes(true)) {
      for (const [i, param] of given.entries()) {
        const [grad, state, rate] = [grads[i] as Tensor, states[i] as AdagradState, rates[i] as number];
        if (isSparse[i] === true) this.#updateSparse(group, param, grad, state, rate);
        else this.#updateDense(group, [param], [grad], [state], [rate], false);
      }
    } else this.#updateDense(group, given, grads, states, rates, this.usesLists(group, given));
  }

  #updateDense(
    group: ParamGroup<AdagradOptions>,
    given: Tensor[],
    grads: Tensor[],
    states: AdagradState[],
    rates: number[],
    lists: boolean,
  ): void {
    const { params, direction, real } = descent(group, given, grads, lists);
    const sums = real(states.map((state) => state.sum));
    foreachAddcmul_(sums, direction, direction, 1);
    const deviations = foreachSqrt(sums);
    foreachAddScalar_(deviations, group.eps);
    const factors = rates.map((rate) => -rate);
    if (!lists) foreachAddcdiv_(params, direction, deviations, factors);
    else foreachAddcdivScalar_(params, foreachMulScalars(direction, factors), deviations, 1);
  }

  #updateSparse(
    group: ParamGroup<AdagradOptions>,
    param: Tensor,
    grad: Tensor,
    { sum }: AdagradState,
    rate: number,
  ): void {
    if (group.weightDecay !== 0) throw new RangeError('Adagrad: weightDecay must be 0 with sparse gradients');
    const sparse = (group.maximize ? grad.neg() : grad).coalesce();
    const values = valuesOf(sparse);
    sum.add_(withValues(sparse, values.pow(2)));
    const deviations = valuesOf(sum.sparseMask(sparse)).sqrt_().add_(group.eps);
    param.add_(withValues(sparse, values.div(deviations)), { alpha: -rate });
  }

  #updateFused(group: ParamGroup<AdagradOptions>, params: Tensor[], grads: Tensor[], states: AdagradState[]): void {
    const { lrDecay, weightDecay, eps, maximize } = group;
    const options = { lr: numberOf(group.lr), lrDecay, weightDecay, eps, maximize };
    for (const { device, positions } of byDeviceAndDtype(params)) {
      this.expectFloating(params[positions[0] as number] as Tensor);
      for (const i of positions) this.expectDense(grads[i] as Tensor);
      const chosen = positions.map((i) => states[i] as AdagradState);
      fusedAdagrad(
        positions.map((i) => params[i] as Tensor),
        positions.map((i) => grads[i] as Tensor),
        chosen.map((state) => state.sum),
        stepTensors(
          chosen.map((state) => state.step),
          device,
        ),
        options,
      );
    }
  }

  #stateOf(param: Tensor): AdagradState {
    let state = this.state.get(param);
    if (state === undefined) {
      const start = this.defaults.initialAccumulatorValue;
      const value = isComplexDType(param.dtype) ? new Complex(start, start) : start;
      state = keep({ step: 0, sum: fullLike(param, value) });
      this.state.set(param, state);
    }
    return state;
  }
}
