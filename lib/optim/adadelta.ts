/** Adadelta. */

import { isComplexDType } from '../dtype.ts';
import { viewAsComplex, zerosLike } from '../generated/torch.ts';
import { readTrailing, type Trailing } from '../nn/arguments.ts';
import type { Tensor } from '../tensor.ts';
import { descent } from './descent.ts';
import {
  foreachAdd_,
  foreachAddcmul_,
  foreachAddScalar,
  foreachDivList_,
  foreachMul_,
  foreachMulList_,
  foreachSqrt_,
} from './foreach.ts';
import { Optimizer, type OptimizerParams, type ParamState } from './optimizer.ts';
import { type CapturableOptions, expectNotNegative } from './options.ts';
import type { ParamGroup } from './param-group.ts';
import { numberOf, type Quantity } from './quantity.ts';

export interface AdadeltaOptions extends CapturableOptions {
  /** Decay of the running means; 0.9 by default. */
  rho: number;
  /** Added below the roots; 1e-6 by default. */
  eps: number;
  /** L2 penalty; 0 by default. */
  weightDecay: number;
}

interface AdadeltaState extends ParamState {
  step: number;
  squareAvg: Tensor;
  accDelta: Tensor;
}

const defaults: AdadeltaOptions = {
  lr: 1,
  rho: 0.9,
  eps: 1e-6,
  weightDecay: 0,
  maximize: false,
  capturable: false,
  foreach: null,
  differentiable: false,
};

type AdadeltaArguments = Trailing<
  [lr: Quantity, rho: number, eps: number, weightDecay: number, foreach: boolean | null],
  Partial<AdadeltaOptions>
>;

/**
 * Adadelta (Zeiler 2012; `torch.optim.Adadelta`).
 *
 * @example
 * const optimizer = new optim.Adadelta(model.parameters());
 */
export class Adadelta extends Optimizer<AdadeltaOptions, AdadeltaState> {
  constructor(params: OptimizerParams<AdadeltaOptions>, ...rest: AdadeltaArguments) {
    super(params, readTrailing('Adadelta', ['lr', 'rho', 'eps', 'weightDecay', 'foreach'], rest, defaults));
  }

  protected check({ rho, eps, weightDecay }: AdadeltaOptions): void {
    expectNotNegative('Adadelta: rho', rho);
    if (rho > 1) throw new RangeError(`Adadelta: rho must be at most 1, got ${rho}`);
    expectNotNegative('Adadelta: eps', eps);
    expectNotNegative('Adadelta: weightDecay', weightDecay);
  }

  protected update(group: ParamGroup<AdadeltaOptions>, given: Tensor[], grads: Tensor[]): void {
    const states = given.map((param, i) =>
      this.stateOf(param, grads[i] as Tensor, () => ({
        step: 0,
        squareAvg: zerosLike(param),
        accDelta: zerosLike(param),
      })),
    );
    for (const state of states) state.step++;
    const { rho, eps } = group;
    const lists = this.usesLists(group, given);
    const { params, direction, real } = descent(group, given, grads, lists);
    const squareAvgs = real(states.map((state) => state.squareAvg));
    const accDeltas = real(states.map((state) => state.accDelta));
    foreachMul_(squareAvgs, rho);
    foreachAddcmul_(squareAvgs, direction, direction, 1 - rho);
    const deviations = foreachAddScalar(squareAvgs, eps);
    foreachSqrt_(deviations);
    const deltas = foreachAddScalar(accDeltas, eps);
    foreachSqrt_(deltas);
    foreachDivList_(deltas, deviations);
    foreachMulList_(deltas, direction);
    foreachMul_(accDeltas, rho);
    foreachAddcmul_(accDeltas, deltas, deltas, 1 - rho);
    const alpha = -numberOf(group.lr);
    if (lists) foreachAdd_(params, deltas, { alpha });
    else {
      const moves = deltas.map((delta, i) =>
        isComplexDType((given[i] as Tensor).dtype) ? viewAsComplex(delta) : delta,
      );
      foreachAdd_(given, moves, { alpha });
    }
  }
}
