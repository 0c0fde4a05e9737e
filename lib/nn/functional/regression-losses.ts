/** Losses of how far each number is from its target. */

import { ShapeError } from '../../errors.ts';
import * as aten from '../../generated/nn.ts';
import { broadcastTensors } from '../../generated/torch.ts';
import type { Tensor } from '../../tensor.ts';
import { readTrailing, type Trailing } from '../arguments.ts';
import { expectTensor } from './labels.ts';
import { type Reduction, type ReductionOption, reduce, reductionCode } from './reduction.ts';
import { warnOnce } from './warning.ts';

export interface ElementWeightOption extends ReductionOption {
  /** A factor for each element, of the shape of the input; with reduction `'mean'` of L1 and MSE what they sum to divides. */
  weight?: Tensor | null;
}

const weightDefaults: Required<ElementWeightOption> = { weight: null, reduction: 'mean' };

/** Warns where broadcasting would pair every input with every target, as Python does. */
function broadcast(where: string, input: Tensor, target: Tensor): [Tensor, Tensor] {
  const a = expectTensor(where, 'input', input).shape;
  const b = expectTensor(where, 'target', target).shape;
  if (a.length !== b.length || a.some((size, i) => size !== b[i])) {
    warnOnce(
      `${where}: a target of [${b.join(', ')}] is broadcast against an input of [${a.join(', ')}], which is likely to ` +
        'give wrong results; give both the same shape',
    );
  }
  return broadcastTensors([input, target]) as [Tensor, Tensor];
}

function weigh(where: string, values: Tensor, weight: Tensor, input: Tensor): Tensor {
  const [got, expected] = [expectTensor(where, 'weight', weight).shape, input.shape];
  if (got.length !== expected.length || got.some((size, i) => size !== expected[i])) {
    throw new ShapeError(`${where}: weight must be [${expected.join(', ')}] to match input, got [${got.join(', ')}]`);
  }
  return values.mul(weight);
}

/** The sum divided by the sum of the factors for `'mean'`. */
function reduceWeighted(where: string, weighted: Tensor, weight: Tensor, reduction: Reduction): Tensor {
  return reduction === 'mean' ? weighted.sum().div(weight.sum()) : reduce(where, weighted, reduction);
}

/** @internal The loss of options that were read. */
export function l1(where: string, input: Tensor, target: Tensor, options: Required<ElementWeightOption>): Tensor {
  const { weight, reduction } = options;
  const [x, y] = broadcast(where, input, target);
  if (weight === null) return aten.l1Loss(x, y, reductionCode(where, reduction));
  return reduceWeighted(where, weigh(where, x.sub(y).abs(), weight, input), weight, reduction);
}

/** Mean absolute error (`F.l1_loss`). */
export function l1Loss(input: Tensor, target: Tensor, ...rest: Trailing<[], ElementWeightOption>): Tensor {
  return l1('l1Loss', input, target, readTrailing('l1Loss', [], rest, weightDefaults));
}

/** @internal The loss of options that were read. */
export function mse(where: string, input: Tensor, target: Tensor, options: Required<ElementWeightOption>): Tensor {
  const { weight, reduction } = options;
  const [x, y] = broadcast(where, input, target);
  if (weight === null) return aten.mseLoss(x, y, reductionCode(where, reduction));
  return reduceWeighted(where, weigh(where, x.sub(y).pow(2), weight, input), weight, reduction);
}

/** Mean squared error (`F.mse_loss`). */
export function mseLoss(input: Tensor, target: Tensor, ...rest: Trailing<[], ElementWeightOption>): Tensor {
  return mse('mseLoss', input, target, readTrailing('mseLoss', [], rest, weightDefaults));
}

export interface SmoothL1LossOptions extends ReductionOption {
  /** Below which a difference counts squared, and 0 for never; 1 by default. */
  beta?: number;
}

/** @internal */
export const smoothL1Defaults: Required<SmoothL1LossOptions> = { beta: 1, reduction: 'mean' };

/** @internal The loss of options that were read. */
export function smoothL1(where: string, input: Tensor, target: Tensor, options: Required<SmoothL1LossOptions>): Tensor {
  const { beta, reduction } = options;
  const [x, y] = broadcast(where, input, target);
  const code = reductionCode(where, reduction);
  return beta === 0 ? aten.l1Loss(x, y, code) : aten.smoothL1Loss(x, y, code, beta);
}

/** `d² / 2β` where the difference d is below β, `d - β/2` above (`F.smooth_l1_loss`). */
export function smoothL1Loss(input: Tensor, target: Tensor, ...rest: Trailing<[], SmoothL1LossOptions>): Tensor {
  return smoothL1('smoothL1Loss', input, target, readTrailing('smoothL1Loss', [], rest, smoothL1Defaults));
}

export interface HuberLossOptions extends ReductionOption {
  /** Below which a difference counts squared; greater than 0, 1 by default. */
  delta?: number;
  /** A factor for each element, of the shape of the input. */
  weight?: Tensor | null;
}

const huberDefaults: Required<HuberLossOptions> = { reduction: 'mean', delta: 1, weight: null };

/** @internal The loss of options that were read. */
export function huber(where: string, input: Tensor, target: Tensor, options: Required<HuberLossOptions>): Tensor {
  const { delta, weight, reduction } = options;
  const [x, y] = broadcast(where, input, target);
  if (weight === null) return aten.huberLoss(x, y, reductionCode(where, reduction), delta);
  const values = aten.huberLoss(x, y, reductionCode(where, 'none'), delta);
  return reduce(where, weigh(where, values, weight, input), reduction);
}

/** `d² / 2` where the difference d is below δ, `δ(d - δ/2)` above (`F.huber_loss`). */
export function huberLoss(
  input: Tensor,
  target: Tensor,
  ...rest: Trailing<[reduction: Reduction, delta: number, weight: Tensor | null], HuberLossOptions>
): Tensor {
  const options = readTrailing('huberLoss', ['reduction', 'delta', 'weight'], rest, huberDefaults);
  return huber('huberLoss', input, target, options);
}
