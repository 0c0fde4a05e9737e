/** Rprop. */

import { Complex } from '../complex.ts';
import { isComplexDType } from '../dtype.ts';
import { describeValue } from '../errors.ts';
import { fullLike, zerosLike } from '../generated/torch.ts';
import { readTrailing, type Trailing } from '../nn/arguments.ts';
import type { Tensor } from '../tensor.ts';
import { descent } from './descent.ts';
import { foreachAddcmul_, foreachCopy_, foreachMulList, foreachMulList_, foreachSign_ } from './foreach.ts';
import { Optimizer, type OptimizerParams, type ParamState } from './optimizer.ts';
import type { CapturableOptions } from './options.ts';
import type { ParamGroup } from './param-group.ts';
import { numberOf, type Quantity } from './quantity.ts';

export interface RpropOptions extends CapturableOptions {
  /** Factors of step sizes where a gradient's sign changes and where it stays; `[0.5, 1.2]` by default. */
  etas: readonly [number, number];
  /** The least and the greatest step size; `[1e-6, 50]` by default. */
  stepSizes: readonly [number, number];
}

interface RpropState extends ParamState {
  step: number;
  prev: Tensor;
  stepSize: Tensor;
}

const defaults: RpropOptions = {
  lr: 1e-2,
  etas: [0.5, 1.2],
  stepSizes: [1e-6, 50],
  foreach: null,
  maximize: false,
  differentiable: false,
  capturable: false,
};

type RpropArguments = Trailing<
  [lr: Quantity, etas: readonly [number, number], stepSizes: readonly [number, number]],
  Partial<RpropOptions>
>;

/**
 * Resilient backpropagation: only signs of gradients count (Riedmiller and Braun 1993; `torch.optim.Rprop`).
 *
 * @example
 * const optimizer = new optim.Rprop(model.parameters());
 */
export class Rprop extends Optimizer<RpropOptions, RpropState> {
  constructor(params: OptimizerParams<RpropOptions>, ...rest: RpropArguments) {
    super(params, readTrailing('Rprop', ['lr', 'etas', 'stepSizes'], rest, defaults));
  }

  protected check({ etas, stepSizes }: RpropOptions): void {
    for (const [name, pair] of Object.entries({ etas, stepSizes })) {
      if (!Array.isArray(pair) || pair.length !== 2 || pair.some((each) => typeof each !== 'number')) {
        throw new TypeError(`Rprop: ${name} must be two numbers, got ${describeValue(pair)}`);
      }
    }
    const [minus, plus] = etas;
    if (!(minus > 0 && minus < 1 && plus > 1)) {
      throw new RangeError(`Rprop: etas must be between 0 and 1 and above 1, got ${minus} and ${plus}`);
    }
  }

  protected update(group: ParamGroup<RpropOptions>, given: Tensor[], grads: Tensor[]): void {
    const states = given.map((param, i) => this.#stateOf(param, grads[i] as Tensor, group));
    for (const state of states) state.step++;
    const [minus, plus] = group.etas;
    const [least, greatest] = group.stepSizes;
    const { params, direction, real } = descent({ ...group, weightDecay: 0 }, given, grads, true);
    const prevs = real(states.map((state) => state.prev));
    const stepSizes = real(states.map((state) => state.stepSize));
    const factors = foreachMulList(direction, prevs);
    foreachSign_(factors);
    for (const factor of factors) {
      factor.maskedFill_(factor.gt(0), plus);
      factor.maskedFill_(factor.lt(0), minus);
      factor.maskedFill_(factor.eq(0), 1);
    }
    foreachMulList_(stepSizes, factors);
    for (const stepSize of stepSizes) stepSize.clamp_(least, greatest);
    foreachCopy_(prevs, direction);
    // Where the sign changed there is no step.
    for (const [i, prev] of prevs.entries()) prev.maskedFill_((factors[i] as Tensor).eq(minus), 0);
    foreachAddcmul_(
      params,
      prevs.map((prev) => prev.sign()),
      stepSizes,
      -1,
    );
  }

  #stateOf(param: Tensor, grad: Tensor, group: RpropOptions): RpropState {
    return this.stateOf(param, grad, () => {
      const lr = numberOf(group.lr);
      return {
        step: 0,
        prev: zerosLike(param),
        stepSize: fullLike(grad, isComplexDType(param.dtype) ? new Complex(lr, lr) : lr),
      };
    });
  }
}
