/** The long short-term memory. */

import { lstm } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import { type Kernel, type RecurrentOptions, RNNBase, recurrentDefaults } from './rnn-base.ts';
import type { PackedSequence } from './utils/rnn/packed-sequence.ts';

export interface LSTMOptions extends RecurrentOptions {
  /** The size that outputs and hidden states are projected to, less than `hiddenSize`; 0, which is none, by default. */
  projSize?: number;
}

/** Hidden state and cell state. */
export type LSTMState = [h: Tensor, c: Tensor];

type LSTMArguments = Trailing<
  [numLayers: number, bias: boolean, batchFirst: boolean, dropout: number, bidirectional: boolean, projSize: number],
  LSTMOptions
>;

const names = ['numLayers', 'bias', 'batchFirst', 'dropout', 'bidirectional', 'projSize'] as const;

const kernel: Kernel = (input, batchSizes, states, weights, options, batchFirst) =>
  batchSizes === null
    ? lstm(input, [...states], weights, ...options, batchFirst)
    : lstm(input, batchSizes, [...states], weights, ...options);

/**
 * The long short-term memory of Hochreiter and Schmidhuber 1997, with projections (Sak et al. 2014) where `projSize` is
 * given, whose weights are `weight_hr_l0` … (`torch.nn.LSTM`).
 *
 * @throws RangeError for sizes below 1, a dropout that is not between 0 and 1, and projections that are not smaller.
 * @example
 * const lstm = new nn.LSTM(10, 20, { numLayers: 2 });
 * const [output, [h, c]] = lstm(torch.randn([5, 3, 10])); // [5, 3, 20], [2, 3, 20] both
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: a class cannot declare a call signature itself
export class LSTM extends RNNBase {
  constructor(inputSize: number, hiddenSize: number, ...rest: LSTMArguments) {
    const defaults: LSTMOptions = { ...recurrentDefaults, projSize: 0 };
    const { projSize, ...options } = readTrailing<LSTMOptions>('LSTM', names, rest, defaults);
    super(4, inputSize, hiddenSize, options, projSize);
  }

  /**
   * Input and output as those of `RNN`. The hidden states are `[numLayers · directions, N, projSize or hiddenSize]`, the
   * cell states `[numLayers · directions, N, hiddenSize]`.
   */
  forward(input: PackedSequence, hx?: Readonly<LSTMState> | null): [output: PackedSequence, states: LSTMState];
  forward(input: Tensor, hx?: Readonly<LSTMState> | null): [output: Tensor, states: LSTMState];
  forward<S extends Tensor | PackedSequence>(
    input: S,
    hx?: Readonly<LSTMState> | null,
  ): [output: S, states: LSTMState] {
    const { hiddenSize, projSize } = this;
    const [output, states] = this.run(kernel, input, hx ?? null, [projSize > 0 ? projSize : hiddenSize, hiddenSize]);
    return [output, states as LSTMState];
  }
}

export interface LSTM {
  // biome-ignore lint/style/useShorthandFunctionType: it merges with the class
  (input: PackedSequence, hx?: Readonly<LSTMState> | null): [output: PackedSequence, states: LSTMState];
}
