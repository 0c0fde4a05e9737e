/** What the convolutions and their transposes share: settings, initial values and the printed form. */

import type { DeviceLike } from '../device.ts';
import type { DType } from '../dtype.ts';
import { describeValue } from '../errors.ts';
import { empty } from '../generated/torch.ts';
import { expectCount } from './arguments.ts';
import { resetWeightAndBias } from './init.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';
import { repr } from './python-repr.ts';
import { type Dimensions, eachSize, type SizeOf } from './sizes.ts';

/** What stands beyond the border. */
export type PaddingMode = 'zeros' | 'reflect' | 'replicate' | 'circular';

const paddingModes: readonly PaddingMode[] = ['zeros', 'reflect', 'replicate', 'circular'];

/** Options of every convolution whose sizes are of type `S`. */
export interface ConvolutionOptions<S> {
  /** Steps of the kernel; 1 by default. */
  stride?: S;
  /** Distance between the kernel's points; 1 by default. */
  dilation?: S;
  /** Into how many parts the channels are divided that do not see each other; 1 by default. */
  groups?: number;
  /** Whether there is a bias; true by default. */
  bias?: boolean;
  paddingMode?: PaddingMode;
  device?: DeviceLike;
  dtype?: DType;
}

/** All options of a convolution, none of them left out. */
export interface ConvolutionSettings<T extends number[]> extends Required<ConvolutionOptions<SizeOf<T>>> {
  padding: SizeOf<T> | 'same' | 'valid';
  outputPadding: SizeOf<T>;
}

/** Defaults of every convolution. */
export const convolutionDefaults = {
  stride: 1,
  padding: 0,
  dilation: 1,
  groups: 1,
  bias: true,
  paddingMode: 'zeros' as PaddingMode,
  device: undefined as DeviceLike | undefined,
  dtype: undefined as DType | undefined,
};

/** The base of convolutions over as many spatial dimensions as `T` has numbers. */
export abstract class ConvNd<T extends number[]> extends Module {
  inChannels: number;
  outChannels: number;
  kernelSize: T;
  stride: T;
  padding: T | 'same' | 'valid';
  dilation: T;
  /** Whether it maps back from outputs to inputs of a convolution. */
  transposed: boolean;
  outputPadding: T;
  groups: number;
  paddingMode: PaddingMode;
  /** `[outChannels, inChannels / groups, …kernel]`; a transpose has `[inChannels, outChannels / groups, …kernel]`. */
  weight: Parameter;
  /** `[outChannels]`. */
  bias: Parameter | null;

  constructor(
    dimensions: Dimensions,
    transposed: boolean,
    inChannels: number,
    outChannels: number,
    kernelSize: SizeOf<T>,
    settings: ConvolutionSettings<T>,
  ) {
    super();
    const where = new.target.name;
    const { bias, device, dtype, groups, padding, paddingMode } = settings;
    this.inChannels = expectCount(`${where}: inChannels`, inChannels);
    this.outChannels = expectCount(`${where}: outChannels`, outChannels);
    this.kernelSize = eachSize(`${where}: kernelSize`, kernelSize, dimensions);
    this.stride = eachSize(`${where}: stride`, settings.stride, dimensions);
    this.dilation = eachSize(`${where}: dilation`, settings.dilation, dimensions);
    this.groups = expectCount(`${where}: groups`, groups, 1);
    if (inChannels % groups !== 0 || outChannels % groups !== 0) {
      throw new RangeError(
        `${where}: inChannels and outChannels must be divisible by groups ${groups}, got ${inChannels} and ${outChannels}`,
      );
    }
    const named = padding === 'same' || padding === 'valid';
    if (padding === 'same' && this.stride.some((step) => step !== 1)) {
      throw new RangeError(`${where}: padding 'same' needs stride 1, got [${this.stride}]`);
    }
    this.padding = named ? padding : eachSize(`${where}: padding`, padding, dimensions);
    this.transposed = transposed;
    this.outputPadding = eachSize(`${where}: outputPadding`, settings.outputPadding, dimensions);
    if (!paddingModes.includes(paddingMode)) {
      const allowed = paddingModes.map((mode) => `'${mode}'`).join(', ');
      throw new RangeError(`${where}: paddingMode must be one of ${allowed}, got ${describeValue(paddingMode)}`);
    }
    this.paddingMode = paddingMode;
    const channels = transposed ? [inChannels, outChannels / groups] : [outChannels, inChannels / groups];
    this.weight = new Parameter(empty([...channels, ...this.kernelSize], { device, dtype }));
    this.bias = bias ? new Parameter(empty([outChannels], { device, dtype })) : null;
    this.resetParameters();
  }

  /** Draws new initial values: uniform in ±1/√fanIn, with the fan-in of the weight as it lies. */
  resetParameters(): void {
    resetWeightAndBias(this.weight, this.bias);
  }

  override extraRepr(): string {
    const parts = [
      `${this.inChannels}, ${this.outChannels}, kernel_size=${repr(this.kernelSize)}, stride=${repr(this.stride)}`,
    ];
    if (typeof this.padding === 'string') parts.push(`padding=${this.padding}`);
    else if (this.padding.some((size) => size !== 0)) parts.push(`padding=${repr(this.padding)}`);
    if (this.dilation.some((size) => size !== 1)) parts.push(`dilation=${repr(this.dilation)}`);
    if (this.outputPadding.some((size) => size !== 0)) parts.push(`output_padding=${repr(this.outputPadding)}`);
    if (this.groups !== 1) parts.push(`groups=${this.groups}`);
    if (this.bias === null) parts.push('bias=False');
    if (this.paddingMode !== 'zeros') parts.push(`padding_mode=${this.paddingMode}`);
    return parts.join(', ');
  }
}
