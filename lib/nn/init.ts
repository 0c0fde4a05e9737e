/** Fills tensors with the initial values that PyTorch gives, bit for bit for the same seed (`torch.nn.init`). */

import { noGrad } from '../autograd/modes.ts';
import { describeValue, ShapeError } from '../errors.ts';
import type { Generator } from '../generator.ts';
import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';

export { dirac_, eye_, orthogonal_, sparse_ } from './init-matrix.ts';
export { type TruncNormalOptions, truncNormal_ } from './init-trunc-normal.ts';

/** Which side of a weight keeps its variance: `'fan_in'` in the forward pass, `'fan_out'` in the backward pass. */
export type FanMode = 'fan_in' | 'fan_out';

export type Nonlinearity =
  | 'linear'
  | 'conv1d'
  | 'conv2d'
  | 'conv3d'
  | 'conv_transpose1d'
  | 'conv_transpose2d'
  | 'conv_transpose3d'
  | 'sigmoid'
  | 'tanh'
  | 'relu'
  | 'leaky_relu'
  | 'selu';

interface GeneratorOption {
  generator?: Generator | null;
}

const gains: Readonly<Partial<Record<Nonlinearity, number>>> = {
  tanh: 5 / 3,
  relu: Math.sqrt(2),
  selu: 3 / 4,
};
const withoutGain: readonly string[] = ['linear', 'sigmoid', 'conv1d', 'conv2d', 'conv3d'].concat([
  'conv_transpose1d',
  'conv_transpose2d',
  'conv_transpose3d',
]);

/** The recommended gain of a nonlinearity (`calculate_gain`); `param` is the negative slope of `'leaky_relu'`. */
export function calculateGain(nonlinearity: Nonlinearity, param?: number): number {
  if (nonlinearity === 'leaky_relu') {
    const slope = param ?? 0.01;
    return Math.sqrt(2 / (1 + slope * slope));
  }
  const gain = withoutGain.includes(nonlinearity) ? 1 : gains[nonlinearity];
  if (gain === undefined) {
    throw new RangeError(`calculateGain: nonlinearity must be one that has a gain, got ${describeValue(nonlinearity)}`);
  }
  return gain;
}

/** Inputs and outputs of one unit of a weight `[out, in, …kernel]`. @throws ShapeError below two dimensions. */
export function calculateFanInAndFanOut(tensor: Tensor): [fanIn: number, fanOut: number] {
  const [outputs, inputs, ...kernel] = tensor.shape;
  if (outputs === undefined || inputs === undefined) {
    throw new ShapeError(`calculateFanInAndFanOut: tensor must have at least 2 dimensions, got [${tensor.shape}]`);
  }
  const field = kernel.reduce((product, size) => product * size, 1);
  return [inputs * field, outputs * field];
}

/** Draws from U(a, b). */
export function uniform_(
  tensor: Tensor,
  ...rest: Trailing<[a: number, b: number], GeneratorOption & { a?: number; b?: number }>
): Tensor {
  const defaults = { a: 0, b: 1, generator: null as Generator | null };
  const { a, b, generator } = readTrailing('uniform_', ['a', 'b'], rest, defaults);
  return noGrad(() => tensor.uniform_(a, b, { generator }));
}

/** Draws from N(mean, std²). */
export function normal_(
  tensor: Tensor,
  ...rest: Trailing<[mean: number, std: number], GeneratorOption & { mean?: number; std?: number }>
): Tensor {
  const defaults = { mean: 0, std: 1, generator: null as Generator | null };
  const { mean, std, generator } = readTrailing('normal_', ['mean', 'std'], rest, defaults);
  return noGrad(() => tensor.normal_(mean, std, { generator }));
}

/** Fills with one value. */
export function constant_(tensor: Tensor, value: number): Tensor {
  return noGrad(() => tensor.fill_(value));
}

export function ones_(tensor: Tensor): Tensor {
  return constant_(tensor, 1);
}

export function zeros_(tensor: Tensor): Tensor {
  return noGrad(() => tensor.zero_());
}

interface XavierOptions extends GeneratorOption {
  gain?: number;
}

function xavierStd(tensor: Tensor, gain: number): number {
  const [fanIn, fanOut] = calculateFanInAndFanOut(tensor);
  return gain * Math.sqrt(2 / (fanIn + fanOut));
}

/** U(-a, a) with a = gain·√(6 / (fanIn + fanOut)) (Glorot and Bengio 2010). */
export function xavierUniform_(tensor: Tensor, ...rest: Trailing<[gain: number], XavierOptions>): Tensor {
  const defaults = { gain: 1, generator: null as Generator | null };
  const { gain, generator } = readTrailing('xavierUniform_', ['gain'], rest, defaults);
  const bound = Math.sqrt(3) * xavierStd(tensor, gain);
  return noGrad(() => tensor.uniform_(-bound, bound, { generator }));
}

/** N(0, std²) with std = gain·√(2 / (fanIn + fanOut)) (Glorot and Bengio 2010). */
export function xavierNormal_(tensor: Tensor, ...rest: Trailing<[gain: number], XavierOptions>): Tensor {
  const defaults = { gain: 1, generator: null as Generator | null };
  const { gain, generator } = readTrailing('xavierNormal_', ['gain'], rest, defaults);
  const std = xavierStd(tensor, gain);
  return noGrad(() => tensor.normal_(0, std, { generator }));
}

interface KaimingOptions extends GeneratorOption {
  /** Negative slope of the leaky ReLU that follows. */
  a?: number;
  mode?: FanMode;
  nonlinearity?: Nonlinearity;
}

type KaimingArguments = Trailing<[a: number, mode: FanMode, nonlinearity: Nonlinearity], KaimingOptions>;

function readKaiming(where: string, tensor: Tensor, rest: readonly unknown[]) {
  const defaults: Required<KaimingOptions> = { a: 0, mode: 'fan_in', nonlinearity: 'leaky_relu', generator: null };
  const options = readTrailing(where, ['a', 'mode', 'nonlinearity'], rest, defaults);
  if (options.mode !== 'fan_in' && options.mode !== 'fan_out') {
    throw new RangeError(`${where}: mode must be 'fan_in' or 'fan_out', got ${describeValue(options.mode)}`);
  }
  const [fanIn, fanOut] = calculateFanInAndFanOut(tensor);
  const fan = options.mode === 'fan_in' ? fanIn : fanOut;
  return { std: calculateGain(options.nonlinearity, options.a) / Math.sqrt(fan), generator: options.generator };
}

/** U(-b, b) with b = gain·√(3 / fan) (He et al. 2015). */
export function kaimingUniform_(tensor: Tensor, ...rest: KaimingArguments): Tensor {
  if (tensor.shape.includes(0)) return tensor;
  const { std, generator } = readKaiming('kaimingUniform_', tensor, rest);
  const bound = Math.sqrt(3) * std;
  return noGrad(() => tensor.uniform_(-bound, bound, { generator }));
}

/** N(0, std²) with std = gain / √fan (He et al. 2015). */
export function kaimingNormal_(tensor: Tensor, ...rest: KaimingArguments): Tensor {
  if (tensor.shape.includes(0)) return tensor;
  const { std, generator } = readKaiming('kaimingNormal_', tensor, rest);
  return noGrad(() => tensor.normal_(0, std, { generator }));
}

/** How `Linear` and the convolutions fill a weight and then its bias: the order decides who gets which random numbers. */
export function resetWeightAndBias(weight: Tensor, bias: Tensor | null): void {
  kaimingUniform_(weight, Math.sqrt(5));
  if (bias === null) return;
  const [fanIn] = calculateFanInAndFanOut(weight);
  const bound = fanIn > 0 ? 1 / Math.sqrt(fanIn) : 0;
  uniform_(bias, -bound, bound);
}
