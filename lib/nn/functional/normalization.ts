/** Normalisation by the statistics of batches, instances, layers and groups. */

import { ShapeError } from '../../errors.ts';
import { avgPool2d, avgPool3d, pad } from '../../generated/nn.ts';
import {
  batchNorm as batchNormOperator,
  groupNorm as groupNormOperator,
  instanceNorm as instanceNormOperator,
} from '../../generated/torch.ts';
import type { Tensor } from '../../tensor.ts';
import { readTrailing, type Trailing } from '../arguments.ts';

export { layerNorm, rmsNorm } from '../../generated/torch.ts';

export interface BatchNormFunctionOptions {
  /** `[C]`. */
  weight?: Tensor | null;
  /** `[C]`. */
  bias?: Tensor | null;
  /** Whether the batch's statistics are used, and the running ones changed; false by default. */
  training?: boolean;
  /** The weight of the batch in the running statistics; 0.1 by default. */
  momentum?: number;
  /** Added to the variance; 1e-5 by default. */
  eps?: number;
}

export interface InstanceNormFunctionOptions {
  runningMean?: Tensor | null;
  runningVar?: Tensor | null;
  weight?: Tensor | null;
  bias?: Tensor | null;
  /** Whether the statistics of each instance are used; true by default. */
  useInputStats?: boolean;
  momentum?: number;
  eps?: number;
}

export interface LocalResponseNormFunctionOptions {
  alpha?: number;
  beta?: number;
  k?: number;
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((result, size) => result * size, 1);
}

/**
 * Normalises each channel of `[N, C, …]` (`torch.nn.functional.batch_norm`).
 * @throws ShapeError if there is one value per channel to take statistics of.
 */
export function batchNorm(
  input: Tensor,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  ...rest: Trailing<
    [weight: Tensor | null, bias: Tensor | null, training: boolean, momentum: number, eps: number],
    BatchNormFunctionOptions
  >
): Tensor {
  const { weight, bias, training, momentum, eps } = readTrailing(
    'batchNorm',
    ['weight', 'bias', 'training', 'momentum', 'eps'],
    rest,
    { weight: null, bias: null, training: false, momentum: 0.1, eps: 1e-5 } as Required<BatchNormFunctionOptions>,
  );
  if (training) {
    const [batch = 1, , ...spatial] = input.shape;
    if (batch * product(spatial) === 1) {
      throw new ShapeError(
        `batchNorm: input must have more than 1 value per channel when training, got [${input.shape.join(', ')}]`,
      );
    }
  }
  if (training ? !(eps > 0) : !(eps >= 0)) {
    throw new RangeError(`batchNorm: eps must be ${training ? 'positive' : 'at least 0'}, got ${eps}`);
  }
  return batchNormOperator(input, weight, bias, runningMean, runningVar, training, momentum, eps, true);
}

export interface GroupNormFunctionOptions {
  /** `[C]`. */
  weight?: Tensor | null;
  /** `[C]`. */
  bias?: Tensor | null;
  /** Added to the variance; 1e-5 by default. */
  eps?: number;
}

/**
 * Normalises each of `numGroups` groups of channels of `[N, C, …]` (`torch.nn.functional.group_norm`).
 * @throws ShapeError if there is one value per group to take statistics of.
 */
export function groupNorm(
  input: Tensor,
  numGroups: number,
  ...rest: Trailing<[weight: Tensor | null, bias: Tensor | null, eps: number], GroupNormFunctionOptions>
): Tensor {
  const { weight, bias, eps } = readTrailing('groupNorm', ['weight', 'bias', 'eps'], rest, {
    weight: null,
    bias: null,
    eps: 1e-5,
  } as Required<GroupNormFunctionOptions>);
  const shape = input.shape;
  const [batch, channels, ...spatial] = shape;
  if (batch === undefined || channels === undefined) {
    throw new ShapeError(`groupNorm: input must have at least 2 dimensions, got [${shape.join(', ')}]`);
  }
  if (Math.floor((batch * channels) / numGroups) * product(spatial) === 1) {
    throw new ShapeError(`groupNorm: input must have more than 1 value per group, got [${shape.join(', ')}]`);
  }
  return groupNormOperator(input, numGroups, weight, bias, eps);
}

/**
 * Normalises each channel of each instance of `[N, C, …]` (`torch.nn.functional.instance_norm`).
 * @throws ShapeError if an instance has one value per channel.
 */
export function instanceNorm(
  input: Tensor,
  ...rest: Trailing<
    [
      runningMean: Tensor | null,
      runningVar: Tensor | null,
      weight: Tensor | null,
      bias: Tensor | null,
      useInputStats: boolean,
      momentum: number,
      eps: number,
    ],
    InstanceNormFunctionOptions
  >
): Tensor {
  const { runningMean, runningVar, weight, bias, useInputStats, momentum, eps } = readTrailing(
    'instanceNorm',
    ['runningMean', 'runningVar', 'weight', 'bias', 'useInputStats', 'momentum', 'eps'],
    rest,
    {
      runningMean: null,
      runningVar: null,
      weight: null,
      bias: null,
      useInputStats: true,
      momentum: 0.1,
      eps: 1e-5,
    } as Required<InstanceNormFunctionOptions>,
  );
  if (useInputStats && product(input.shape.slice(2)) === 1) {
    throw new ShapeError(
      `instanceNorm: input must have more than 1 spatial element when training, got [${input.shape.join(', ')}]`,
    );
  }
  return instanceNormOperator(input, weight, bias, runningMean, runningVar, useInputStats, momentum, eps, true);
}

/**
 * Divides each value of `[N, C, …]` by a power of the mean square over `size` neighbouring channels
 * (`torch.nn.functional.local_response_norm`).
 * @throws ShapeError below three dimensions.
 */
export function localResponseNorm(
  input: Tensor,
  size: number,
  ...rest: Trailing<[alpha: number, beta: number, k: number], LocalResponseNormFunctionOptions>
): Tensor {
  const { alpha, beta, k } = readTrailing('localResponseNorm', ['alpha', 'beta', 'k'], rest, {
    alpha: 1e-4,
    beta: 0.75,
    k: 1,
  });
  const shape = input.shape;
  if (shape.length < 3) {
    throw new ShapeError(`localResponseNorm: input must have at least 3 dimensions, got [${shape.join(', ')}]`);
  }
  if (input.numel() === 0) return input;
  const [before, after] = [Math.floor(size / 2), Math.floor((size - 1) / 2)];
  const squares = input.mul(input);
  let means: Tensor;
  if (shape.length === 3) {
    const padded = pad(squares.unsqueeze(1), [0, 0, before, after]);
    means = avgPool2d(padded, [size, 1], 1).squeeze(1);
  } else {
    const [batch, channels, height] = shape as [number, number, number];
    const padded = pad(squares.view([batch, 1, channels, height, -1]), [0, 0, 0, 0, before, after]);
    means = avgPool3d(padded, [size, 1, 1], 1).squeeze(1).view(shape);
  }
  return input.div(means.mul(alpha).add(k).pow(beta));
}
