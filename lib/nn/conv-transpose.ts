/** Transposed convolutions over one, two and three dimensions. */

import { ShapeError } from '../errors.ts';
import { convTranspose1d, convTranspose2d, convTranspose3d } from '../generated/torch.ts';
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

/** Options of a transposed convolution whose sizes are of type `S`, such as `Size2`. */
export interface ConvTransposeOptions<S> extends ConvolutionOptions<S> {
  /** Borders that the convolution would have had, which are cut off; 0 by default. */
  padding?: S;
  /** Added to one side of the output: a stride leaves several sizes possible. */
  outputPadding?: S;
}

type ConvTransposeArguments<S> = Trailing<
  [stride: S, padding: S, outputPadding: S, groups: number, bias: boolean, dilation: S, paddingMode: PaddingMode],
  ConvTransposeOptions<S>
>;

const names = ['stride', 'padding', 'outputPadding', 'groups', 'bias', 'dilation', 'paddingMode'] as const;
const defaults = { ...convolutionDefaults, outputPadding: 0 };

type Convolve = (
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  stride: readonly number[],
  padding: readonly number[],
  outputPadding: readonly number[],
  groups: number,
  dilation: readonly number[],
) => Tensor;

const convolve: Readonly<Record<Dimensions, Convolve>> = { 1: convTranspose1d, 2: convTranspose2d, 3: convTranspose3d };

abstract class TransposedConvolution<T extends number[]> extends ConvNd<T> {
  declare padding: T;

  constructor(
    dimensions: Dimensions,
    inChannels: number,
    outChannels: number,
    kernelSize: SizeOf<T>,
    rest: ConvTransposeArguments<SizeOf<T>>,
  ) {
    const where = new.target.name;
    const options = readTrailing(where, names, rest, defaults as ConvTransposeOptions<SizeOf<T>>);
    const settings = options as ConvolutionSettings<T>;
    if (typeof settings.padding === 'string') {
      throw new TypeError(`${where}: padding must be in numbers, got "${settings.padding}"`);
    }
    if (settings.paddingMode !== 'zeros') {
      throw new RangeError(`${where}: paddingMode must be 'zeros', got "${settings.paddingMode}"`);
    }
    super(dimensions, true, inChannels, outChannels, kernelSize, settings);
  }

  /**
   * @param outputSize the output's spatial size, with or without those of N and channels, where a stride leaves several.
   * @throws RangeError for a size that cannot come out.
   */
  forward(input: Tensor, outputSize?: readonly number[] | null): Tensor {
    const { weight, bias, stride, padding, groups, dilation } = this;
    const operator = convolve[stride.length as Dimensions];
    const outputPadding = outputSize == null ? this.outputPadding : this.outputPaddingFor(input, outputSize);
    return operator(input, weight, bias, stride, padding, outputPadding, groups, dilation);
  }

  private outputPaddingFor(input: Tensor, outputSize: readonly number[]): number[] {
    const { dilation, kernelSize, padding, stride } = this;
    const where = this.constructor.name;
    const shape = input.shape;
    const dimensions = kernelSize.length;
    const others = shape.length === dimensions + 2 ? 2 : 1;
    const wanted = outputSize.length === dimensions + others ? outputSize.slice(others) : outputSize;
    if (wanted.length !== dimensions) {
      throw new ShapeError(
        `${where}: outputSize must have ${dimensions} or ${dimensions + others} numbers for an input of ` +
          `[${shape}], got [${outputSize}]`,
      );
    }
    const least = stride.map(
      (step, i) =>
        ((shape[i + others] as number) - 1) * step -
        2 * (padding[i] as number) +
        (dilation[i] as number) * ((kernelSize[i] as number) - 1) +
        1,
    );
    const most = least.map((size, i) => size + (stride[i] as number) - 1);
    if (wanted.some((size, i) => !(size >= (least[i] as number) && size <= (most[i] as number)))) {
      throw new RangeError(
        `${where}: outputSize must be from [${least}] to [${most}] for an input of [${shape}], got [${outputSize}]`,
      );
    }
    return wanted.map((size, i) => size - (least[i] as number));
  }
}

/**
 * Transposed convolution over sequences: `[N, inChannels, L]` to `[N, outChannels, L']` (`torch.nn.ConvTranspose1d`).
 *
 * @throws RangeError if channels do not divide by groups, or `paddingMode` is not `'zeros'`.
 */
export class ConvTranspose1d extends TransposedConvolution<[number]> {
  constructor(inChannels: number, outChannels: number, kernelSize: Size1, ...rest: ConvTransposeArguments<Size1>) {
    super(1, inChannels, outChannels, kernelSize, rest);
  }
}

/**
 * Transposed convolution over images: `[N, inChannels, H, W]` to `[N, outChannels, H', W']`
 * (`torch.nn.ConvTranspose2d`).
 *
 * @throws RangeError if channels do not divide by groups, or `paddingMode` is not `'zeros'`.
 * @example
 * const up = new nn.ConvTranspose2d(16, 8, 3, { stride: 2, padding: 1 });
 * up(features, [28, 28]); // [N, 16, 14, 14] -> [N, 8, 28, 28]
 */
export class ConvTranspose2d extends TransposedConvolution<[number, number]> {
  constructor(inChannels: number, outChannels: number, kernelSize: Size2, ...rest: ConvTransposeArguments<Size2>) {
    super(2, inChannels, outChannels, kernelSize, rest);
  }
}

/**
 * Transposed convolution over volumes: `[N, inChannels, D, H, W]` to `[N, outChannels, D', H', W']`
 * (`torch.nn.ConvTranspose3d`).
 *
 * @throws RangeError if channels do not divide by groups, or `paddingMode` is not `'zeros'`.
 */
export class ConvTranspose3d extends TransposedConvolution<[number, number, number]> {
  constructor(inChannels: number, outChannels: number, kernelSize: Size3, ...rest: ConvTransposeArguments<Size3>) {
    super(3, inChannels, outChannels, kernelSize, rest);
  }
}
