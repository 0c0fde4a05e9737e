/** Stochastic gradient descent. */

import { emptyLike } from '../generated/torch.ts';
import { readTrailing, type Trailing } from '../nn/arguments.ts';
import { overloadFunction } from '../operator.ts';
import { keep } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { byDeviceAndDtype, foreachAdd, foreachAdd_, foreachMul_, foreachNeg } from './foreach.ts';
import {
  expectNotNegative,
  Optimizer,
  type OptimizerOptions,
  type OptimizerParams,
  type ParamGroup,
  type ParamState,
} from './optimizer.ts';

export interface SgdOptions extends OptimizerOptions {
  /** 0 by default. */
  momentum: number;
  /** How much of a gradient does not enter the momentum; 0 by default. */
  dampening: number;
  /** L2 penalty; 0 by default. */
  weightDecay: number;
  /** Looks ahead by one momentum step. */
  nesterov: boolean;
}

interface SgdState extends ParamState {
  momentumBuffer: Tensor;
}

const defaults: SgdOptions = {
  lr: 1e-3,
  momentum: 0,
  dampening: 0,
  weightDecay: 0,
  nesterov: false,
  maximize: false,
  foreach: null,
  fused: null,
};

const fusedSgd = overloadFunction('aten', '_fused_sgd_', '') as (
  params: readonly Tensor[],
  grads: readonly Tensor[],
  momentumBuffers: readonly Tensor[],
  options: Omit<SgdOptions, 'foreach' | 'fused'> & { isFirstStep: boolean },
) => void;

type SgdArguments = Trailing<
  [lr: number, momentum: number, dampening: number, weightDecay: number, nesterov: boolean],
  Partial<SgdOptions>
>;

/**
 * Stochastic gradient descent, with momentum (`torch.optim.SGD`).
 *
 * @example
 * const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
 */
export class SGD extends Optimizer<SgdOptions, SgdState> {
  constructor(params: OptimizerParams<SgdOptions>, ...rest: SgdArguments) {
    super(params, readTrailing('SGD', ['lr', 'momentum', 'dampening', 'weightDecay', 'nesterov'], rest, defaults));
  }

  protected check({ lr, momentum, dampening, weightDecay, nesterov, foreach, fused }: SgdOptions): void {
    expectNotNegative('SGD: lr', lr);
    expectNotNegative('SGD: momentum', momentum);
    expectNotNegative('SGD: weightDecay', weightDecay);
    if (nesterov && (momentum <= 0 || dampening !== 0)) {
      throw new RangeError(
        `SGD: nesterov needs momentum above 0 and dampening 0, got momentum ${momentum} and dampening ${dampening}`,
      );
    }
    if (foreach === true && fused === true) throw new RangeError('SGD: foreach and fused must not both be true');
  }

  /** @internal */
  options(group: ParamGroup<SgdOptions>): Record<string, unknown> {
    return {
      lr: group.lr,
      momentum: group.momentum,
      dampening: group.dampening,
      weight_decay: group.weightDecay,
      nesterov: group.nesterov,
      maximize: group.maximize,
      foreach: group.foreach,
      differentiable: false,
      fused: group.fused,
    };
  }

  protected update(group: ParamGroup<SgdOptions>, params: Tensor[], grads: Tensor[]): void {
    if (group.fused === true) {
      this.#updateFused(group, params, grads);
      return;
    }
    const { lr, momentum, weightDecay } = group;
    let direction = group.maximize ? foreachNeg(grads) : grads;
    if (weightDecay !== 0) direction = foreachAdd(direction, params, { alpha: weightDecay });
    if (momentum !== 0) {
      const buffers = this.#accumulate(group, params, direction);
      direction = group.nesterov ? foreachAdd(direction, buffers, { alpha: momentum }) : buffers;
    }
    foreachAdd_(params, direction, { alpha: -lr });
  }

  /** Momentum buffers, with this step's directions in them. A new one is the first direction, undampened. */
  #accumulate({ momentum, dampening }: SgdOptions, params: Tensor[], direction: Tensor[]): Tensor[] {
    const old: Tensor[] = [];
    const added: Tensor[] = [];
    const buffers = params.map((param, i) => {
      const grad = direction[i] as Tensor;
      const state = this.state.get(param);
      if (state !== undefined) {
        old.push(state.momentumBuffer);
        added.push(grad);
        return state.momentumBuffer;
      }
      const momentumBuffer = keep(grad.detach().clone());
      this.state.set(param, { momentumBuffer });
      return momentumBuffer;
    });
    if (old.length > 0) {
      foreachMul_(old, momentum);
      foreachAdd_(old, added, { alpha: 1 - dampening });
    }
    return buffers;
  }

  #updateFused(group: ParamGroup<SgdOptions>, params: Tensor[], grads: Tensor[]): void {
    const { lr, momentum, dampening, weightDecay, nesterov, maximize } = group;
    const isNew = params.map((param) => !this.state.has(param));
    for (const positions of byDeviceAndDtype(params)) {
      for (const isFirstStep of momentum === 0 ? [false] : [true, false]) {
        const chosen = momentum === 0 ? positions : positions.filter((i) => isNew[i] === isFirstStep);
        if (chosen.length === 0) continue;
        fusedSgd(
          chosen.map((i) => params[i] as Tensor),
          chosen.map((i) => grads[i] as Tensor),
          momentum === 0 ? [] : chosen.map((i) => this.#bufferOf(params[i] as Tensor)),
          { lr, momentum, dampening, weightDecay, nesterov, maximize, isFirstStep },
        );
      }
    }
  }

  #bufferOf(param: Tensor): Tensor {
    let state = this.state.get(param);
    if (state === undefined) {
      state = { momentumBuffer: keep(emptyLike(param)) };
      this.state.set(param, state);
    }
    return state.momentumBuffer;
  }
}
