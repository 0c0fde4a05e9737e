/** Packs sequences, and unpacks them. */

import { asTensor } from '../../../creation.ts';
import { describeValue } from '../../../errors.ts';
import { sort } from '../../../generated/torch.ts';
import { overloadFunction } from '../../../operator.ts';
import { Tensor } from '../../../tensor.ts';
import { readTrailing, type Trailing } from '../../arguments.ts';
import { PackedSequence } from './packed-sequence.ts';
import { padSequence, unpadSequence } from './pad.ts';

type Two = [Tensor, Tensor];
const pack = overloadFunction('aten', '_pack_padded_sequence', '') as (...values: unknown[]) => Two;
const pad = overloadFunction('aten', '_pad_packed_sequence', '') as (...values: unknown[]) => Two;

export interface PackOptions {
  /** Whether the input is `[N, T, …]` rather than `[T, N, …]`; false by default. */
  batchFirst?: boolean;
  /** Whether the sequences come sorted by length, the longest first; true by default. */
  enforceSorted?: boolean;
}

function asLengths(where: string, lengths: Tensor | readonly number[]): Tensor {
  if (lengths instanceof Tensor) return lengths.to('int64');
  if (!Array.isArray(lengths) || !lengths.every((each) => Number.isSafeInteger(each))) {
    throw new TypeError(`${where}: lengths must be a Tensor or an array of integers, got ${describeValue(lengths)}`);
  }
  return asTensor(lengths as number[], { dtype: 'int64', device: 'cpu' });
}

/**
 * Packs padded sequences `[T, N, …]` (`torch.nn.utils.rnn.pack_padded_sequence`).
 *
 * @param lengths of the sequences, at least 1 each, on the CPU.
 * @throws TorchError, with libtorch's words, for lengths that do not fit or are not sorted.
 * @example
 * const packed = nn.utils.rnn.packPaddedSequence(x, [5, 3, 2], { batchFirst: true });
 * const [output] = lstm(packed);
 * const [padded, lengths] = nn.utils.rnn.padPackedSequence(output, { batchFirst: true });
 */
export function packPaddedSequence(
  input: Tensor,
  lengths: Tensor | readonly number[],
  ...rest: Trailing<[batchFirst: boolean, enforceSorted: boolean], PackOptions>
): PackedSequence {
  const where = 'packPaddedSequence';
  const defaults = { batchFirst: false, enforceSorted: true };
  const { batchFirst, enforceSorted } = readTrailing(where, ['batchFirst', 'enforceSorted'], rest, defaults);
  if (!((input as unknown) instanceof Tensor)) {
    throw new TypeError(`${where}: input must be a Tensor, got ${describeValue(input)}`);
  }
  const given = asLengths(where, lengths);
  if (enforceSorted) return new PackedSequence(...pack(input, given, batchFirst));
  const [sorted, order] = sort(given, { descending: true });
  const sortedIndices = order.to(input.device);
  const permuted = input.indexSelect(batchFirst ? 0 : 1, sortedIndices);
  return new PackedSequence(...pack(permuted, sorted, batchFirst), sortedIndices);
}

export interface PadPackedOptions {
  batchFirst?: boolean;
  /** What stands behind the sequences' ends; 0 by default. */
  paddingValue?: number;
  /** The length to pad to, at least that of the longest sequence. */
  totalLength?: number | null;
}

/**
 * Pads packed sequences, in the order that they had (`torch.nn.utils.rnn.pad_packed_sequence`).
 *
 * @returns the sequences `[T, N, …]`, and their lengths, int64 on the CPU.
 * @throws RangeError if `totalLength` is less than the longest sequence.
 */
export function padPackedSequence(
  sequence: PackedSequence,
  ...rest: Trailing<[batchFirst: boolean, paddingValue: number, totalLength: number | null], PadPackedOptions>
): [padded: Tensor, lengths: Tensor] {
  const where = 'padPackedSequence';
  if (!((sequence as unknown) instanceof PackedSequence)) {
    throw new TypeError(`${where}: sequence must be a PackedSequence, got ${describeValue(sequence)}`);
  }
  const names = ['batchFirst', 'paddingValue', 'totalLength'] as const;
  const defaults = { batchFirst: false, paddingValue: 0, totalLength: null as number | null };
  const { batchFirst, paddingValue, totalLength } = readTrailing(where, names, rest, defaults);
  const longest = sequence.batchSizes.size(0);
  if (totalLength !== null && totalLength < longest) {
    throw new RangeError(
      `${where}: totalLength must be at least the longest sequence's length ${longest}, got ${totalLength}`,
    );
  }
  const [padded, lengths] = pad(sequence.data, sequence.batchSizes, batchFirst, paddingValue, totalLength ?? longest);
  const { unsortedIndices } = sequence;
  if (unsortedIndices === null) return [padded, lengths];
  return [padded.indexSelect(batchFirst ? 0 : 1, unsortedIndices), lengths.index([unsortedIndices.cpu()])];
}

/** Packs sequences `[T, …]` of different lengths (`torch.nn.utils.rnn.pack_sequence`). */
export function packSequence(
  sequences: readonly Tensor[],
  ...rest: Trailing<[enforceSorted: boolean], Pick<PackOptions, 'enforceSorted'>>
): PackedSequence {
  const { enforceSorted } = readTrailing('packSequence', ['enforceSorted'], rest, { enforceSorted: true });
  const padded = padSequence(sequences);
  return packPaddedSequence(
    padded,
    sequences.map((each) => each.size(0)),
    { enforceSorted },
  );
}

/** The sequences of a packed one, each of its length (`torch.nn.utils.rnn.unpack_sequence`). */
export function unpackSequence(packedSequences: PackedSequence): Tensor[] {
  return unpadSequence(...padPackedSequence(packedSequences, true), true);
}
