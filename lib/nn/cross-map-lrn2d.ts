/** Normalisation across neighbouring channels of images, as Torch 7 had it. */

import { AutogradFunction, type FunctionContext } from '../autograd/function.ts';
import { ShapeError } from '../errors.ts';
import { emptyLike, zeros } from '../generated/torch.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { expectCount, expectNumber, readTrailing, type Trailing } from './arguments.ts';
import { Module } from './module.ts';
import { repr, reprFloat } from './python-repr.ts';

interface Settings {
  readonly size: number;
  readonly alpha: number;
  readonly beta: number;
  readonly k: number;
}

/**
 * Writes to `scale` the sums of squares over the window of each channel, one from the other as the window moves. As in
 * PyTorch, the first channel leaves it never, where it should leave it at `c = reach`; the gradient knows nothing of that.
 */
function slide(squares: Tensor, scale: Tensor, size: number): void {
  const channels = squares.shape[1] as number;
  const reach = Math.trunc((size - 1) / 2 + 1);
  const first = scale.select(1, 0).zero_();
  for (let c = 0; c < Math.min(reach, channels); c++) first.add_(squares.select(1, c));
  for (let c = 1; c < channels; c++) {
    const here = scale.select(1, c).copy_(scale.select(1, c - 1));
    if (c < channels - reach + 1) here.add_(squares.select(1, c + reach - 1));
    if (c > reach) here.add_(squares.select(1, c - reach), { alpha: -1 });
  }
}

/** Adds to the gradient of one image what its values do to their neighbours. */
function spread(gradient: Tensor, input: Tensor, ratios: Tensor, { size, alpha, beta }: Settings): void {
  const [channels, height, width] = input.shape as [number, number, number];
  const options = { dtype: input.dtype, device: input.device };
  const padded = zeros([channels + size - 1, height, width], options);
  padded.narrow(0, Math.trunc(size - (size - 1) / 2), channels).copy_(ratios);
  const sum = padded.narrow(0, 0, size - 1).sum(0);
  const factor = (2 * alpha * beta) / size;
  for (let c = 0; c < channels; c++) {
    sum.add_(padded.select(0, c + size - 1));
    gradient.select(0, c).addcmul_(input.select(0, c), sum, { value: -factor });
    sum.add_(padded.select(0, c), { alpha: -1 });
  }
}

class CrossMapNormalize extends AutogradFunction {
  static forward(ctx: FunctionContext, input: Tensor, settings: Settings): Tensor {
    const { size, alpha, beta, k } = settings;
    const [output, scale] = scope(() => {
      const scales = emptyLike(input, { memoryFormat: 'contiguous_format' });
      slide(input.pow(2), scales, size);
      scales.mul_(alpha / size).add_(k);
      return [scales.pow(-beta).mul_(input), scales];
    }) as [Tensor, Tensor];
    ctx.settings = settings;
    ctx.saveForBackward(input, output, scale);
    return output;
  }

  static backward(ctx: FunctionContext, gradOutput: Tensor): [Tensor, null] {
    const [input, output, scale] = ctx.savedTensors;
    const settings = ctx.settings as Settings;
    const gradInput = scope(() => {
      const gradient = scale.pow(-settings.beta).mul_(gradOutput);
      for (let n = 0; n < (input.shape[0] as number); n++) {
        const ratios = gradOutput.select(0, n).mul(output.select(0, n)).div_(scale.select(0, n));
        spread(gradient.select(0, n), input.select(0, n), ratios, settings);
      }
      return gradient;
    });
    return [gradInput, null];
  }
}

export interface CrossMapLRN2dOptions {
  /** The factor of the sum; 1e-4 by default. */
  alpha?: number;
  /** The power; 0.75 by default. */
  beta?: number;
  /** What is added to the sum; 1 by default. */
  k?: number;
}

/**
 * Divides each value by a power of the sum of squares over `size` neighbouring channels (`torch.nn.CrossMapLRN2d`). It is here
 * for old models: its sums and gradients are those of PyTorch, and neither is right where there are more channels than the
 * window reaches. `LocalResponseNorm` is right.
 */
export class CrossMapLRN2d extends Module {
  /** How many channels are looked at. */
  size: number;
  alpha: number;
  beta: number;
  k: number;

  constructor(size: number, ...rest: Trailing<[alpha: number, beta: number, k: number], CrossMapLRN2dOptions>) {
    super();
    const defaults: Required<CrossMapLRN2dOptions> = { alpha: 1e-4, beta: 0.75, k: 1 };
    const { alpha, beta, k } = readTrailing('CrossMapLRN2d', ['alpha', 'beta', 'k'], rest, defaults);
    this.size = expectCount('CrossMapLRN2d: size', size, 1);
    this.alpha = expectNumber('CrossMapLRN2d: alpha', alpha);
    this.beta = expectNumber('CrossMapLRN2d: beta', beta);
    this.k = expectNumber('CrossMapLRN2d: k', k);
  }

  /** `[N, C, H, W]` to the same. @throws ShapeError for any other rank. */
  forward(input: Tensor): Tensor {
    if (input.ndim !== 4) {
      throw new ShapeError(`CrossMapLRN2d: input must be [N, C, H, W], got [${input.shape.join(', ')}]`);
    }
    const { size, alpha, beta, k } = this;
    return CrossMapNormalize.apply(input, { size, alpha, beta, k });
  }

  override extraRepr(): string {
    // PyTorch's default of k alone is an int.
    return `${this.size}, alpha=${reprFloat(this.alpha)}, beta=${reprFloat(this.beta)}, k=${repr(this.k)}`;
  }
}
