/** The gated recurrent unit. */

import { gru } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import { singleState } from './rnn.ts';
import { type RecurrentOptions, RNNBase, recurrentDefaults } from './rnn-base.ts';
import type { PackedSequence } from './utils/rnn/packed-sequence.ts';

type GRUArguments = Trailing<
  [numLayers: number, bias: boolean, batchFirst: boolean, dropout: number, bidirectional: boolean],
  RecurrentOptions
>;

const names = ['numLayers', 'bias', 'batchFirst', 'dropout', 'bidirectional'] as const;
const kernel = singleState(gru);

/**
 * The gated recurrent unit of Cho et al. 2014 (`torch.nn.GRU`).
 *
 * @throws RangeError for sizes below 1 and a dropout that is not between 0 and 1.
 * @example
 * const [output, h] = new nn.GRU(10, 20, { bidirectional: true })(torch.randn([5, 3, 10])); // [5, 3, 40], [2, 3, 20]
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: a class cannot declare a call signature itself
export class GRU extends RNNBase {
  constructor(inputSize: number, hiddenSize: number, ...rest: GRUArguments) {
    super(3, inputSize, hiddenSize, readTrailing('GRU', names, rest, recurrentDefaults));
  }

  /** Input, states and what is returned as those of `RNN`. */
  forward(input: PackedSequence, hx?: Tensor | null): [output: PackedSequence, h: Tensor];
  forward(input: Tensor, hx?: Tensor | null): [output: Tensor, h: Tensor];
  forward<S extends Tensor | PackedSequence>(input: S, hx?: Tensor | null): [output: S, h: Tensor] {
    const [output, [h]] = this.run(kernel, input, hx == null ? null : [hx], [this.hiddenSize]);
    return [output, h as Tensor];
  }
}

export interface GRU {
  // biome-ignore lint/style/useShorthandFunctionType: it merges with the class
  (input: PackedSequence, hx?: Tensor | null): [output: PackedSequence, h: Tensor];
}
