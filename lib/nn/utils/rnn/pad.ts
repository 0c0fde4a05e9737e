/** Sequences of different lengths in one tensor, with padding behind or before them. */

import { describeValue, ShapeError } from '../../../errors.ts';
import { padSequence as padTensors } from '../../../generated/nn.ts';
import { arange } from '../../../generated/torch.ts';
import { Tensor } from '../../../tensor.ts';
import { readTrailing, type Trailing } from '../../arguments.ts';

export interface PadOptions {
  /** Whether the result is `[N, T, …]` rather than `[T, N, …]`; false by default. */
  batchFirst?: boolean;
  /** What stands where sequences have no elements; 0 by default. */
  paddingValue?: number;
  /** On which side it stands; `'right'` by default. */
  paddingSide?: 'left' | 'right';
}

/**
 * Stacks sequences `[T, …]` of different lengths `T` (`torch.nn.utils.rnn.pad_sequence`).
 *
 * @returns `[T, N, …]` with the longest sequence's `T`.
 * @throws RangeError for another side.
 * @example
 * nn.utils.rnn.padSequence([torch.ones([2]), torch.ones([3])], { batchFirst: true }); // [[1, 1, 0], [1, 1, 1]]
 */
export function padSequence(
  sequences: Tensor | Iterable<Tensor>,
  ...rest: Trailing<[batchFirst: boolean, paddingValue: number, paddingSide: 'left' | 'right'], PadOptions>
): Tensor {
  const names = ['batchFirst', 'paddingValue', 'paddingSide'] as const;
  const defaults: Required<PadOptions> = { batchFirst: false, paddingValue: 0, paddingSide: 'right' };
  const { batchFirst, paddingValue, paddingSide } = readTrailing('padSequence', names, rest, defaults);
  if (typeof (sequences as Partial<Iterable<Tensor>> | null)?.[Symbol.iterator] !== 'function') {
    throw new TypeError(`padSequence: sequences must be iterable, got ${describeValue(sequences)}`);
  }
  if (paddingSide !== 'left' && paddingSide !== 'right') {
    throw new RangeError(`padSequence: paddingSide must be 'left' or 'right', got ${describeValue(paddingSide)}`);
  }
  return padTensors([...sequences], batchFirst, paddingValue, paddingSide);
}

/**
 * The sequences of a padded tensor `[T, N, …]` without their padding (`torch.nn.utils.rnn.unpad_sequence`). The tensor stays
 * as it is; Python exchanges its first two dimensions where `batchFirst` is false.
 *
 * @param lengths `[N]`, on the device of the sequences or the CPU.
 * @throws ShapeError if there are more or fewer lengths than sequences.
 */
export function unpadSequence(
  paddedSequences: Tensor,
  lengths: Tensor,
  ...rest: Trailing<[batchFirst: boolean], Pick<PadOptions, 'batchFirst'>>
): Tensor[] {
  const { batchFirst } = readTrailing('unpadSequence', ['batchFirst'], rest, { batchFirst: false });
  for (const [name, value] of Object.entries({ paddedSequences, lengths })) {
    if (!((value as unknown) instanceof Tensor)) {
      throw new TypeError(`unpadSequence: ${name} must be a Tensor, got ${describeValue(value)}`);
    }
  }
  const padded = batchFirst ? paddedSequences : paddedSequences.transpose(0, 1);
  const [count, longest] = padded.shape as [number, number];
  if (lengths.ndim !== 1 || lengths.size(0) !== count) {
    throw new ShapeError(`unpadSequence: lengths must be [${count}], one for each sequence, got [${lengths.shape}]`);
  }
  const steps = arange(longest, { dtype: 'int64', device: lengths.device });
  const ends = lengths.unbind(0);
  return padded.unbind(0).map((sequence, i) => sequence.index([steps.lt(ends[i] as Tensor)]));
}
