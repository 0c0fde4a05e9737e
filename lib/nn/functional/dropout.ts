/** Dropout. */

import { dropout as drop, dropout_ } from '../../generated/torch.ts';
import type { Tensor } from '../../tensor.ts';
import { readTrailing, type Trailing } from '../arguments.ts';

export interface DropoutOptions {
  /** The probability of an element to become zero, from 0 to 1; 0.5 by default. */
  p?: number;
  /** Whether anything is dropped; true by default. */
  training?: boolean;
  /** Changes the input itself. */
  inplace?: boolean;
}

/** Checks a probability. @throws RangeError outside of 0 to 1. */
export function expectProbability(where: string, p: number): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`${where}: p must be between 0 and 1, got ${p}`);
  return p;
}

/** Sets elements to zero at random and scales the others by `1 / (1 - p)` (`F.dropout`). */
export function dropout(
  input: Tensor,
  ...rest: Trailing<[p: number, training: boolean, inplace: boolean], DropoutOptions>
): Tensor {
  const defaults: Required<DropoutOptions> = { p: 0.5, training: true, inplace: false };
  const { p, training, inplace } = readTrailing('dropout', ['p', 'training', 'inplace'], rest, defaults);
  expectProbability('dropout', p);
  return inplace ? dropout_(input, p, training) : drop(input, p, training);
}
