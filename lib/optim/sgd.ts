/** Stochastic gradient descent. */

import { emptyLike } from '../generated/torch.ts';
import { readTrailing, type Trailing } from '../nn/arguments.ts';
import { overloadFunction } from '../operator.ts';
import { keep } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { addGradients } from './add-gradients.ts';
import { byDeviceAndDtype, foreachAdd, foreachAdd_, foreachMul_, foreachNeg } from './foreach.ts';
import { Optimizer, type OptimizerParams, type ParamState } from './optimizer.ts';
import { expectNotNegative, type FusedOptions } from './options.ts';
import type { ParamGroup } from './param-group.ts';
import { numberOf, type Quantity } from './quantity.ts';

export interface SgdOptions extends FusedOptions {
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
  momentumBuffer: Tensor | null;
}

const defaults: SgdOptions = {
  lr: 1e-3,
  momentum: 0,
  dampening: 0,
  weightDecay: 0,
  nesterov: false,
  maximize: false,
  foreach: null,
  differentiable: false,
  fused: null,
};

const fusedSgd = overloadFunction('aten', '_fused_sgd_', '') as (
  params: readonly Tensor[],
  grads: readonly Tensor[],
  momentumBuffers: readonly Tensor[],
  options: Omit<SgdOptions, 'lr' | 'foreach' | 'fused' | 'differentiable'> & { lr: number; isFirstStep: boolean },
) => void;

type SgdArguments = Trailing<
  [lr: Quantity, momentum: number, dampening: number, weightDecay: number, nesterov: boolean],
  Partial<SgdOptions>
>;

/**
 * Stochastic gradient descent, with momentum (`torch.optim.SGD`). Takes sparse gradients, too.
 *
 * @example
 * const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
 */
export class SGD extends Optimizer<SgdOptions, SgdState> {
  constructor(params: OptimizerParams<SgdOptions>, ...rest: SgdArguments) {
    super(params, readTrailing('SGD', ['lr', 'momentum', 'dampening', 'weightDecay', 'nesterov'], rest, defaults));
  }

  protected check({ momentum, dampening, weightDecay, nesterov }: SgdOptions): void {
    expectNotNegative('SGD: momentum', momentum);
    expectNotNegative('SGD: weightDecay', weightDecay);
    if (nesterov && (momentum <= 0 || dampening !== 0)) {
      throw new RangeError(
        `SGD: nesterov needs momentum above 0 and dampening 0, got momentum ${momentum} and dampening ${dampening}`,
      );
    }
  }

  protected override updateGroup(group: ParamGroup<SgdOptions>): void {
    const { momentum, weightDecay, maximize, fused, foreach, params } = group;
    const isPlain = momentum === 0 && weightDecay === 0 && !maximize && fused !== true && foreach !== true;
    const oneByOne = foreach === false || fused === false;
    if (isPlain && addGradients(params, -numberOf(group.lr), oneByOne)) return;
    super.updateGroup(group);
  }

  protected update(group: ParamGroup<SgdOptions>, params: Tensor[], grads: Tensor[]): void {
    if (group.fused === true) {
      this.#updateFused(group, params, grads);
      return;
    }
    const { momentum, weightDecay, nesterov, maximize } = group;
    let direction = maximize ? foreachNeg(grads) : grads;
    if (weightDecay !== 0) direction = foreachAdd(direction, params, { alpha: weightDecay });
    if (momentum !== 0) {
      const buffers = this.#accumulate(group, params, direction);
      if (!nesterov) direction = buffers;
      // PyTorch's formulas for lists change the gradients themselves here.
      else if (this.usesLists(group, params)) foreachAdd_(direction, buffers, { alpha: momentum });
      else direction = foreachAdd(direction, buffers, { alpha: momentum });
    }
    const options = { alpha: -numberOf(group.lr) };
    if (this.usesLists(group, params)) foreachAdd_(params, direction, options);
    // On the CPU the operator over lists is a slower loop.
    else for (let i = 0; i < params.length; i++) (params[i] as Tensor).add_(direction[i] as Tensor, options);
  }

  /** Momentum buffers, with this step's directions in them. A new one is the first direction, undampened. */
  #accumulate({ momentum, dampening }: SgdOptions, params: Tensor[], direction: Tensor[]): Tensor[] {
    const old: Tensor[] = [];
    const added: Tensor[] = [];
    const buffers = params.map((param, i) => {
      const grad = direction[i] as Tensor;
      const known = this.state.get(param)?.momentumBuffer ?? null;
      if (known !== null) {
        old.push(known);
        added.push(grad);
        return known;
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
    const { momentum, dampening, weightDecay, nesterov, maximize } = group;
    const options = { lr: numberOf(group.lr), momentum, dampening, weightDecay, nesterov, maximize };
    const isNew = params.map((param) => (this.state.get(param)?.momentumBuffer ?? null) === null);
    for (const { positions } of byDeviceAndDtype(params)) {
      this.expectFloating(params[positions[0] as number] as Tensor);
      for (const isFirstStep of momentum === 0 ? [false] : [true, false]) {
        const chosen = momentum === 0 ? positions : positions.filter((i) => isNew[i] === isFirstStep);
        if (chosen.length === 0) continue;
        fusedSgd(
          chosen.map((i) => params[i] as Tensor),
          chosen.map((i) => grads[i] as Tensor),
          momentum === 0 ? [] : chosen.map((i) => this.#bufferOf(params[i] as Tensor)),
          { ...options, isFirstStep },
        );
      }
    }
  }

  #bufferOf(param: Tensor): Tensor {
    const known = this.state.get(param)?.momentumBuffer ?? null;
    if (known !== null) return known;
    const momentumBuffer = keep(emptyLike(param));
    this.state.set(param, { momentumBuffer });
    return momentumBuffer;
  }
}
