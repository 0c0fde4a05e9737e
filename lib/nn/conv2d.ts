/** The two-dimensional convolution. */

import type { DeviceLike } from '../device.ts';
import type { DType } from '../dtype.ts';
import { describeValue } from '../errors.ts';
import { pad } from '../generated/nn.ts';
import { conv2d, empty } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { expectCount, pair, readTrailing, type Size2, type Trailing } from './arguments.ts';
import { resetWeightAndBias } from './init.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';
import { repr } from './python-repr.ts';

export type PaddingMode = 'zeros' | 'reflect' | 'replicate' | 'circular';
/** Sizes on both sides, `'valid'` for none, `'same'` for an output of the input's size. */
export type Padding2 = Size2 | 'same' | 'valid';

const paddingModes: readonly PaddingMode[] = ['zeros', 'reflect', 'replicate', 'circular'];

export interface Conv2dOptions {
  /** Steps of the kernel; 1 by default. */
  stride?: Size2;
  padding?: Padding2;
  /** Distance between the kernel's points; 1 by default. */
  dilation?: Size2;
  /** Into how many parts the channels are divided that do not see each other; 1 by default. */
  groups?: number;
  /** Whether there is a bias; true by default. */
  bias?: boolean;
  paddingMode?: PaddingMode;
  device?: DeviceLike;
  dtype?: DType;
}

type Conv2dArguments = Trailing<
  [stride: Size2, padding: Padding2, dilation: Size2, groups: number, bias: boolean, paddingMode: PaddingMode],
  Conv2dOptions
>;

const names = ['stride', 'padding', 'dilation', 'groups', 'bias', 'paddingMode'] as const;
const defaults: Conv2dOptions = {
  stride: 1,
  padding: 0,
  dilation: 1,
  groups: 1,
  bias: true,
  paddingMode: 'zeros',
  device: undefined,
  dtype: undefined,
};

/**
 * Convolution over images (`torch.nn.Conv2d`).
 *
 * @throws RangeError if channels do not divide by groups, or `'same'` padding meets a stride.
 * @example
 * const features = new nn.Conv2d(1, 32, 3, { padding: 1 })(images); // [N, 1, H, W] -> [N, 32, H, W]
 */
export class Conv2d extends Module {
  inChannels: number;
  outChannels: number;
  kernelSize: [number, number];
  stride: [number, number];
  padding: [number, number] | 'same' | 'valid';
  dilation: [number, number];
  groups: number;
  paddingMode: PaddingMode;
  /** `[outChannels, inChannels / groups, height, width]`. */
  weight: Parameter;
  /** `[outChannels]`. */
  bias: Parameter | null;

  constructor(inChannels: number, outChannels: number, kernelSize: Size2, ...rest: Conv2dArguments) {
    super();
    const options = readTrailing('Conv2d', names, rest, defaults) as Required<Conv2dOptions>;
    const { bias, device, dtype, groups, padding, paddingMode } = options;
    this.inChannels = expectCount('Conv2d: inChannels', inChannels);
    this.outChannels = expectCount('Conv2d: outChannels', outChannels);
    this.kernelSize = pair('Conv2d: kernelSize', kernelSize);
    this.stride = pair('Conv2d: stride', options.stride);
    this.dilation = pair('Conv2d: dilation', options.dilation);
    this.groups = expectCount('Conv2d: groups', groups, 1);
    if (inChannels % groups !== 0 || outChannels % groups !== 0) {
      throw new RangeError(
        `Conv2d: inChannels and outChannels must be divisible by groups ${groups}, got ${inChannels} and ${outChannels}`,
      );
    }
    if (padding === 'same' && this.stride.some((step) => step !== 1)) {
      throw new RangeError(`Conv2d: padding 'same' needs stride 1, got [${this.stride}]`);
    }
    this.padding = padding === 'same' || padding === 'valid' ? padding : pair('Conv2d: padding', padding);
    if (!paddingModes.includes(paddingMode)) {
      const allowed = paddingModes.map((mode) => `'${mode}'`).join(', ');
      throw new RangeError(`Conv2d: paddingMode must be one of ${allowed}, got ${describeValue(paddingMode)}`);
    }
    this.paddingMode = paddingMode;
    this.weight = new Parameter(empty([outChannels, inChannels / groups, ...this.kernelSize], { device, dtype }));
    this.bias = bias ? new Parameter(empty([outChannels], { device, dtype })) : null;
    this.resetParameters();
  }

  /** Draws new initial values: uniform in ±1/√(inChannels / groups · height · width). */
  resetParameters(): void {
    resetWeightAndBias(this.weight, this.bias);
  }

  /** `[N, inChannels, H, W]` to `[N, outChannels, H', W']`; a single image may come without N. */
  forward(input: Tensor): Tensor {
    const { weight, bias, stride, dilation, groups } = this;
    if (this.paddingMode === 'zeros') return conv2d(input, weight, bias, stride, this.padding, dilation, groups);
    const padded = pad(input, this.#borders(), this.paddingMode);
    return conv2d(padded, weight, bias, stride, 0, dilation, groups);
  }

  override extraRepr(): string {
    const parts = [
      `${this.inChannels}, ${this.outChannels}, kernel_size=${repr(this.kernelSize)}, stride=${repr(this.stride)}`,
    ];
    if (typeof this.padding === 'string') parts.push(`padding=${this.padding}`);
    else if (this.padding.some((size) => size !== 0)) parts.push(`padding=${repr(this.padding)}`);
    if (this.dilation.some((size) => size !== 1)) parts.push(`dilation=${repr(this.dilation)}`);
    if (this.groups !== 1) parts.push(`groups=${this.groups}`);
    if (this.bias === null) parts.push('bias=False');
    if (this.paddingMode !== 'zeros') parts.push(`padding_mode=${this.paddingMode}`);
    return parts.join(', ');
  }

  /** Padding as `pad` takes it: left, right, top, bottom. */
  #borders(): number[] {
    const sizes = (dimension: 0 | 1): [number, number] => {
      if (this.padding === 'valid') return [0, 0];
      if (this.padding !== 'same') return [this.padding[dimension], this.padding[dimension]];
      const total = this.dilation[dimension] * (this.kernelSize[dimension] - 1);
      const before = Math.floor(total / 2);
      return [before, total - before];
    };
    return [...sizes(1), ...sizes(0)];
  }
}
