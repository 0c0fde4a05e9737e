/** Convolutions over one, two and three dimensions. */

import { pad } from '../generated/nn.ts';
import { conv1d, conv2d, conv3d } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import {
  ConvNd,
  type ConvolutionOptions,
  type ConvolutionSettings,
  convolutionDefaults,
  type PaddingMode,
} from './conv-nd.ts';
import type { Dimensions, Size1, Size2, Size3, SizeOf } from './sizes.ts';

/** Sizes on both sides, `'valid'` for none, `'same'` for an output of the input's size. */
export type Padding<S> = S | 'same' | 'valid';

/** Options of a convolution whose sizes are of type `S`, such as `Size2`. */
export interface ConvOptions<S> extends ConvolutionOptions<S> {
  padding?: Padding<S>;
}

type ConvArguments<S> = Trailing<
  [stride: S, padding: Padding<S>, dilation: S, groups: number, bias: boolean, paddingMode: PaddingMode],
  ConvOptions<S>
>;

const names = ['stride', 'padding', 'dilation', 'groups', 'bias', 'paddingMode'] as const;

type Convolve = (
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  stride: readonly number[],
  padding: readonly number[] | number | string,
  dilation: readonly number[],
  groups: number,
) => Tensor;

const convolve: Readonly<Record<Dimensions, Convolve>> = { 1: conv1d, 2: conv2d, 3: conv3d };

abstract class Convolution<T extends number[]> extends ConvNd<T> {
  constructor(
    dimensions: Dimensions,
    inChannels: number,
    outChannels: number,
    kernelSize: SizeOf<T>,
    rest: ConvArguments<SizeOf<T>>,
  ) {
    const options = readTrailing(new.target.name, names, rest, convolutionDefaults as ConvOptions<SizeOf<T>>);
    const settings = { ...options, outputPadding: 0 } as ConvolutionSettings<T>;
    super(dimensions, false, inChannels, outChannels, kernelSize, settings);
  }

  forward(input: Tensor): Tensor {
    const { weight, bias, stride, dilation, groups } = this;
    const operator = convolve[stride.length as Dimensions];
    if (this.paddingMode === 'zeros') return operator(input, weight, bias, stride, this.padding, dilation, groups);
    return operator(pad(input, this.borders(), this.paddingMode), weight, bias, stride, 0, dilation, groups);
  }

  /** Padding as `pad` takes it: before and after, the last dimension first. */
  private borders(): number[] {
    const { dilation, kernelSize, padding } = this;
    const sides = kernelSize.map((size, i) => {
      if (padding === 'valid') return [0, 0];
      if (padding !== 'same') return [padding[i], padding[i]];
      const total = (dilation[i] as number) * (size - 1);
      const before = Math.floor(total / 2);
      return [before, total - before];
    });
    return sides.reverse().flat() as number[];
  }
}

/**
 * Convolution over sequences: `[N, inChannels, L]` to `[N, outChannels, L']`, also without N (`torch.nn.Conv1d`).
 *
 * @throws RangeError if channels do not divide by groups, or `'same'` padding meets a stride.
 */
export class Conv1d extends Convolution<[number]> {
  constructor(inChannels: number, outChannels: number, kernelSize: Size1, ...rest: ConvArguments<Size1>) {
    super(1, inChannels, outChannels, kernelSize, rest);
  }
}

/**
 * Convolution over images: `[N, inChannels, H, W]` to `[N, outChannels, H', W']`, also without N (`torch.nn.Conv2d`).
 *
 * @throws RangeError if channels do not divide by groups, or `'same'` padding meets a stride.
 * @example
 * const features = new nn.Conv2d(1, 32, 3, { padding: 1 })(images); // [N, 1, H, W] -> [N, 32, H, W]
 */
export class Conv2d extends Convolution<[number, number]> {
  constructor(inChannels: number, outChannels: number, kernelSize: Size2, ...rest: ConvArguments<Size2>) {
    super(2, inChannels, outChannels, kernelSize, rest);
  }
}

/**
 * Convolution over volumes: `[N, inChannels, D, H, W]` to `[N, outChannels, D', H', W']`, also without N
 * (`torch.nn.Conv3d`).
 *
 * @throws RangeError if channels do not divide by groups, or `'same'` padding meets a stride.
 */
export class Conv3d extends Convolution<[number, number, number]> {
  constructor(inChannels: number, outChannels: number, kernelSize: Size3, ...rest: ConvArguments<Size3>) {
    super(3, inChannels, outChannels, kernelSize, rest);
  }
}
