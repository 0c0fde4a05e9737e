/** The recurrent network of Elman. */

import { describeValue } from '../errors.ts';
import { rnnRelu, rnnTanh } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import { type Kernel, type RecurrentOptions, RNNBase, recurrentDefaults } from './rnn-base.ts';
import type { PackedSequence } from './utils/rnn/packed-sequence.ts';

export type RNNNonlinearity = 'tanh' | 'relu';

export interface RNNOptions extends RecurrentOptions {
  nonlinearity?: RNNNonlinearity;
}

/** Checks a nonlinearity. @throws RangeError for any but two. */
export function expectNonlinearity(where: string, value: RNNNonlinearity): RNNNonlinearity {
  if (value !== 'tanh' && value !== 'relu') {
    throw new RangeError(`${where}: nonlinearity must be 'tanh' or 'relu', got ${describeValue(value)}`);
  }
  return value;
}

type RNNArguments = Trailing<
  [
    numLayers: number,
    nonlinearity: RNNNonlinearity,
    bias: boolean,
    batchFirst: boolean,
    dropout: number,
    bidirectional: boolean,
  ],
  RNNOptions
>;

const names = ['numLayers', 'nonlinearity', 'bias', 'batchFirst', 'dropout', 'bidirectional'] as const;

/** The kernel of an operator with one state. */
export function singleState(operator: typeof rnnTanh): Kernel {
  return (input, batchSizes, [state], weights, options, batchFirst) =>
    batchSizes === null
      ? operator(input, state as Tensor, weights, ...options, batchFirst)
      : operator(input, batchSizes, state as Tensor, weights, ...options);
}

const kernels: Readonly<Record<RNNNonlinearity, Kernel>> = {
  tanh: singleState(rnnTanh),
  relu: singleState(rnnRelu),
};

/**
 * `h_t = tanh(W_ih·x_t + b_ih + W_hh·h_{t-1} + b_hh)`, or ReLU instead (`torch.nn.RNN`).
 *
 * @throws RangeError for sizes below 1 and a dropout that is not between 0 and 1.
 * @example
 * const rnn = new nn.RNN(10, 20, 2, { batchFirst: true });
 * const [output, h] = rnn(torch.randn([3, 5, 10])); // [3, 5, 20], [2, 3, 20]
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: a class cannot declare a call signature itself
export class RNN extends RNNBase {
  nonlinearity: RNNNonlinearity;

  constructor(inputSize: number, hiddenSize: number, ...rest: RNNArguments) {
    const defaults: RNNOptions = { ...recurrentDefaults, nonlinearity: 'tanh' };
    const { nonlinearity, ...options } = readTrailing<RNNOptions>('RNN', names, rest, defaults);
    const checked = expectNonlinearity('RNN', nonlinearity as RNNNonlinearity);
    super(1, inputSize, hiddenSize, options);
    this.nonlinearity = checked;
  }

  /**
   * `[T, N, inputSize]`, `[N, T, inputSize]` with `batchFirst`, `[T, inputSize]` or a packed sequence to the same with
   * `hiddenSize` (twice, if bidirectional), and the states at the ends, `[numLayers · directions, N, hiddenSize]`.
   * @param hx the states at the beginning; zeros where they are not given.
   */
  forward(input: PackedSequence, hx?: Tensor | null): [output: PackedSequence, h: Tensor];
  forward(input: Tensor, hx?: Tensor | null): [output: Tensor, h: Tensor];
  forward<S extends Tensor | PackedSequence>(input: S, hx?: Tensor | null): [output: S, h: Tensor] {
    const given = hx == null ? null : [hx];
    const [output, [h]] = this.run(kernels[this.nonlinearity], input, given, [this.hiddenSize]);
    return [output, h as Tensor];
  }
}

export interface RNN {
  // biome-ignore lint/style/useShorthandFunctionType: it merges with the class
  (input: PackedSequence, hx?: Tensor | null): [output: PackedSequence, h: Tensor];
}
