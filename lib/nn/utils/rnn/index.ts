/** `torch.nn.utils.rnn`. */

export {
  type PackOptions,
  type PadPackedOptions,
  packPaddedSequence,
  packSequence,
  padPackedSequence,
  unpackSequence,
} from './pack.ts';
export { invertPermutation, PackedSequence } from './packed-sequence.ts';
export { type PadOptions, padSequence, unpadSequence } from './pad.ts';
