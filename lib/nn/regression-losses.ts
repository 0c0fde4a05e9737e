/** Losses of how far each number is from its target, as modules. */

import { describeValue } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import type { Reduction, ReductionOption } from './functional/reduction.ts';
import {
  huber,
  l1,
  mse,
  type SmoothL1LossOptions,
  smoothL1,
  smoothL1Defaults,
} from './functional/regression-losses.ts';
import { Module } from './module.ts';

/** What those have in common whose only option is the reduction. */
abstract class RegressionLoss extends Module {
  reduction: Reduction;

  constructor(...rest: Trailing<[], ReductionOption>) {
    super();
    const defaults: Required<ReductionOption> = { reduction: 'mean' };
    this.reduction = readTrailing(new.target.name, [], rest, defaults).reduction;
  }

  abstract override forward(input: Tensor, target: Tensor): Tensor;
}

/** Mean absolute error of tensors of the same shape (`torch.nn.L1Loss`). */
export class L1Loss extends RegressionLoss {
  forward(input: Tensor, target: Tensor): Tensor {
    return l1('L1Loss', input, target, { weight: null, reduction: this.reduction });
  }
}

/** Mean squared error of tensors of the same shape (`torch.nn.MSELoss`). */
export class MSELoss extends RegressionLoss {
  forward(input: Tensor, target: Tensor): Tensor {
    return mse('MSELoss', input, target, { weight: null, reduction: this.reduction });
  }
}

/** `d² / 2β` where the difference d is below β, `d - β/2` above (`torch.nn.SmoothL1Loss`). */
export class SmoothL1Loss extends Module {
  beta: number;
  reduction: Reduction;

  constructor(...rest: Trailing<[], SmoothL1LossOptions>) {
    super();
    const { beta, reduction } = readTrailing('SmoothL1Loss', [], rest, smoothL1Defaults);
    this.beta = beta;
    this.reduction = reduction;
  }

  /** Tensors of the same shape; with reduction `'none'` the loss has it, too. */
  forward(input: Tensor, target: Tensor): Tensor {
    return smoothL1('SmoothL1Loss', input, target, this);
  }
}

export interface HuberLossLayerOptions extends ReductionOption {
  /** Below which a difference counts squared; greater than 0, 1 by default. */
  delta?: number;
}

/** `d² / 2` where the difference d is below δ, `δ(d - δ/2)` above (`torch.nn.HuberLoss`). */
export class HuberLoss extends Module {
  delta: number;
  reduction: Reduction;

  /** @throws TypeError if `delta` is no number. */
  constructor(...rest: Trailing<[reduction: Reduction, delta: number], HuberLossLayerOptions>) {
    super();
    const defaults: Required<HuberLossLayerOptions> = { reduction: 'mean', delta: 1 };
    const { delta, reduction } = readTrailing('HuberLoss', ['reduction', 'delta'], rest, defaults);
    if (typeof delta !== 'number')
      throw new TypeError(`HuberLoss: delta must be a number, got ${describeValue(delta)}`);
    this.delta = delta;
    this.reduction = reduction;
  }

  /** Tensors of the same shape; with reduction `'none'` the loss has it, too. */
  forward(input: Tensor, target: Tensor): Tensor {
    return huber('HuberLoss', input, target, { weight: null, delta: this.delta, reduction: this.reduction });
  }
}
