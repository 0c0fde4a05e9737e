/** Activations that can also change their input itself. */

import * as aten from '../../generated/nn.ts';
import * as torch from '../../generated/torch.ts';
import type { Tensor } from '../../tensor.ts';
import { readTrailing, type Trailing } from '../arguments.ts';
import { expectTensor } from './labels.ts';

export interface InplaceOption {
  /** Changes the input itself. */
  inplace?: boolean;
}

/** A function of a tensor and the optional arguments `P`, the last of which is whether it changes its input. */
type Activation<P extends readonly unknown[], O> = (
  input: Tensor,
  ...rest: Trailing<[...P, inplace: boolean], O & InplaceOption>
) => Tensor;

type Operator = (input: Tensor, ...values: never[]) => Tensor;

/** An activation of its two operators, which take the options in the order in which they stand in `defaults`. */
function activation<P extends readonly unknown[], O extends object>(
  where: string,
  defaults: Required<O>,
  plain: Operator,
  inPlace: Operator,
): Activation<P, O> {
  const names = Object.keys(defaults) as (keyof O & string)[];
  const all = { ...defaults, inplace: false };
  return (input, ...rest) => {
    expectTensor(where, 'input', input);
    const { inplace, ...options } = readTrailing(where, [...names, 'inplace'], rest, all);
    const values = names.map((name) => (options as unknown as O)[name]);
    return (inplace ? inPlace : plain)(input, ...(values as never[]));
  };
}

/** `max(0, x)` (`F.relu`). */
export const relu = activation<[], object>('relu', {}, torch.relu, torch.relu_);

/** `min(max(0, x), 6)` (`F.relu6`). */
export const relu6 = activation<[], object>('relu6', {}, aten.relu6, aten.relu6_);

/** The sigmoid, approximated by straight lines: `relu6(x + 3) / 6` (`F.hardsigmoid`). */
export const hardsigmoid = activation<[], object>('hardsigmoid', {}, aten.hardsigmoid, aten.hardsigmoid_);

/** `x·hardsigmoid(x)` (`F.hardswish`). */
export const hardswish = activation<[], object>('hardswish', {}, aten.hardswish, aten.hardswish_);

/** `x·σ(x)`, also called swish (`F.silu`). */
export const silu = activation<[], object>('silu', {}, aten.silu, aten.silu_);

/** `x·tanh(softplus(x))` (`F.mish`). */
export const mish = activation<[], object>('mish', {}, aten.mish, aten.mish_);

/** The self-normalising exponential linear unit (`F.selu`). */
export const selu = activation<[], object>('selu', {}, torch.selu, torch.selu_);

/** `x` above 0, `α(eˣ - 1)` below; α is 1 by default (`F.elu`). */
export const elu = activation<[alpha: number], { alpha?: number }>('elu', { alpha: 1 }, aten.elu, aten.elu_);

/** `x` above 0, `α(exp(x / α) - 1)` below; α is 1 by default (`F.celu`). */
export const celu = activation<[alpha: number], { alpha?: number }>('celu', { alpha: 1 }, torch.celu, torch.celu_);

/** `x` above 0, `negativeSlope·x` below; the slope is 0.01 by default (`F.leaky_relu`). */
export const leakyRelu = activation<[negativeSlope: number], { negativeSlope?: number }>(
  'leakyRelu',
  { negativeSlope: 0.01 },
  aten.leakyRelu,
  aten.leakyRelu_,
);

/** Below 0, slopes drawn from `lower` to `upper` in training and their mean otherwise; 1/8 and 1/3 by default (`F.rrelu`). */
export const rrelu = activation<
  [lower: number, upper: number, training: boolean],
  { lower?: number; upper?: number; training?: boolean }
>('rrelu', { lower: 1 / 8, upper: 1 / 3, training: false }, torch.rrelu, torch.rrelu_);

const refuseOrder = (minVal: number, maxVal: number) => {
  if (minVal > maxVal) throw new RangeError(`hardtanh: minVal must not exceed maxVal, got ${minVal} and ${maxVal}`);
};

/** `x` clipped to `minVal` … `maxVal`, -1 and 1 by default (`F.hardtanh`). @throws RangeError if they are out of order. */
export const hardtanh = activation<[minVal: number, maxVal: number], { minVal?: number; maxVal?: number }>(
  'hardtanh',
  { minVal: -1, maxVal: 1 },
  (input: Tensor, minVal: number, maxVal: number) => {
    refuseOrder(minVal, maxVal);
    return aten.hardtanh(input, minVal, maxVal);
  },
  (input: Tensor, minVal: number, maxVal: number) => {
    refuseOrder(minVal, maxVal);
    return aten.hardtanh_(input, minVal, maxVal);
  },
);

/** `value` where `x` is not above `threshold` (`F.threshold`). */
export function threshold(
  input: Tensor,
  threshold: number,
  value: number,
  ...rest: Trailing<[inplace: boolean], InplaceOption>
): Tensor {
  const { inplace } = readTrailing('threshold', ['inplace'], rest, { inplace: false });
  return inplace ? torch.threshold_(input, threshold, value) : torch.threshold(input, threshold, value);
}

/** `x - tanh(x)` (`F.tanhshrink`). */
export function tanhshrink(input: Tensor): Tensor {
  return expectTensor('tanhshrink', 'input', input).sub(input.tanh());
}

/** `x / (1 + |x|)` (`F.softsign`). */
export function softsign(input: Tensor): Tensor {
  return expectTensor('softsign', 'input', input).div(input.abs().add(1));
}
