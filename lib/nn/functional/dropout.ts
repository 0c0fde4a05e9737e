/** Dropout. */

import { ShapeError } from '../../errors.ts';
import * as torch from '../../generated/torch.ts';
import type { Tensor } from '../../tensor.ts';
import { readTrailing, type Trailing } from '../arguments.ts';
import { expectTensor } from './labels.ts';
import { warnOnce } from './warning.ts';

export interface DropoutOptions {
  /** The probability of an element, or of a channel, to be dropped, from 0 to 1; 0.5 by default. */
  p?: number;
  /** Whether anything is dropped; true by default, false for the alpha forms. */
  training?: boolean;
  /** Changes the input itself. */
  inplace?: boolean;
}

type DropoutArguments = Trailing<[p: number, training: boolean, inplace: boolean], DropoutOptions>;

/** Checks a probability. @throws RangeError outside of 0 to 1. */
export function expectProbability(where: string, p: number): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`${where}: p must be between 0 and 1, got ${p}`);
  return p;
}

function readDropout(where: string, input: Tensor, rest: readonly unknown[], training: boolean) {
  expectTensor(where, 'input', input);
  const defaults: Required<DropoutOptions> = { p: 0.5, training, inplace: false };
  const options = readTrailing(where, ['p', 'training', 'inplace'], rest, defaults);
  expectProbability(where, options.p);
  return options;
}

/** Sets elements to zero at random and scales the others by `1 / (1 - p)` (`F.dropout`). */
export function dropout(input: Tensor, ...rest: DropoutArguments): Tensor {
  const { p, training, inplace } = readDropout('dropout', input, rest, true);
  return inplace ? torch.dropout_(input, p, training) : torch.dropout(input, p, training);
}

/** Drops so that mean and variance of inputs of mean 0 and variance 1 stay, for `SELU` (`F.alpha_dropout`). */
export function alphaDropout(input: Tensor, ...rest: DropoutArguments): Tensor {
  const { p, training, inplace } = readDropout('alphaDropout', input, rest, false);
  return inplace ? torch.alphaDropout_(input, p, training) : torch.alphaDropout(input, p, training);
}

/** Alpha dropout of whole channels (`F.feature_alpha_dropout`). */
export function featureAlphaDropout(input: Tensor, ...rest: DropoutArguments): Tensor {
  const { p, training, inplace } = readDropout('featureAlphaDropout', input, rest, false);
  return inplace ? torch.featureAlphaDropout_(input, p, training) : torch.featureAlphaDropout(input, p, training);
}

function dropChannels(input: Tensor, p: number, training: boolean, inplace: boolean): Tensor {
  return inplace ? torch.featureDropout_(input, p, training) : torch.featureDropout(input, p, training);
}

/** The same for an input that lacks the batch dimension. */
function dropOfOne(input: Tensor, p: number, training: boolean, inplace: boolean): Tensor {
  const batch = inplace ? input.unsqueeze_(0) : input.unsqueeze(0);
  const result = dropChannels(batch, p, training, inplace);
  return inplace ? result.squeeze_(0) : result.squeeze(0);
}

/**
 * Sets whole channels of `[N, C, L]` or `[C, L]` to zero (`F.dropout1d`).
 * @throws ShapeError for any other rank.
 */
export function dropout1d(input: Tensor, ...rest: DropoutArguments): Tensor {
  const { p, training, inplace } = readDropout('dropout1d', input, rest, true);
  const rank = input.ndim;
  if (rank !== 2 && rank !== 3) {
    throw new ShapeError(`dropout1d: input must be [N, C, L] or [C, L], got [${input.shape.join(', ')}]`);
  }
  return (rank === 3 ? dropChannels : dropOfOne)(input, p, training, inplace);
}

/** Sets whole channels of `[N, C, H, W]` to zero; an input of three dimensions counts as `[N, C, L]` (`F.dropout2d`). */
export function dropout2d(input: Tensor, ...rest: DropoutArguments): Tensor {
  const { p, training, inplace } = readDropout('dropout2d', input, rest, true);
  if (input.ndim === 3) warnOnce('dropout2d: three dimensions are taken for [N, C, L]; dropout1d says so');
  else if (input.ndim !== 4) warnOnce(`dropout2d: an input of ${input.ndim} dimensions is deprecated; use dropout`);
  return dropChannels(input, p, training, inplace);
}

/** Sets whole channels of `[N, C, D, H, W]` or `[C, D, H, W]` to zero (`F.dropout3d`). */
export function dropout3d(input: Tensor, ...rest: DropoutArguments): Tensor {
  const { p, training, inplace } = readDropout('dropout3d', input, rest, true);
  const rank = input.ndim;
  if (rank !== 4 && rank !== 5) warnOnce(`dropout3d: an input of ${rank} dimensions is deprecated; use dropout`);
  return (rank === 5 ? dropChannels : dropOfOne)(input, p, training, inplace);
}
