/** One step of the recurrent network of Elman. */

import { rnnReluCell, rnnTanhCell } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import { expectNonlinearity, type RNNNonlinearity } from './rnn.ts';
import { type CellOptions, cellDefaults, RNNCellBase } from './rnn-cell-base.ts';

export interface RNNCellOptions extends CellOptions {
  nonlinearity?: RNNNonlinearity;
}

/**
 * `h' = tanh(W_ih·x + b_ih + W_hh·h + b_hh)`, or ReLU instead (`torch.nn.RNNCell`).
 *
 * @example
 * const h = new nn.RNNCell(10, 20)(torch.randn([3, 10])); // [3, 20]
 */
export class RNNCell extends RNNCellBase {
  nonlinearity: RNNNonlinearity;

  constructor(
    inputSize: number,
    hiddenSize: number,
    ...rest: Trailing<[bias: boolean, nonlinearity: RNNNonlinearity], RNNCellOptions>
  ) {
    const defaults: RNNCellOptions = { ...cellDefaults, nonlinearity: 'tanh' };
    const { nonlinearity, ...options } = readTrailing<RNNCellOptions>(
      'RNNCell',
      ['bias', 'nonlinearity'],
      rest,
      defaults,
    );
    const checked = expectNonlinearity('RNNCell', nonlinearity as RNNNonlinearity);
    super(1, inputSize, hiddenSize, options);
    this.nonlinearity = checked;
  }

  /** `[N, inputSize]` and `[N, hiddenSize]` to `[N, hiddenSize]`, all with or without N; `hx` is zero by default. */
  forward(input: Tensor, hx?: Tensor | null): Tensor {
    const cell = this.nonlinearity === 'tanh' ? rnnTanhCell : rnnReluCell;
    const [h] = this.run(input, hx == null ? null : [hx], 1, (x, [state]) => [
      cell(x, state as Tensor, this.weight_ih, this.weight_hh, this.bias_ih, this.bias_hh),
    ]);
    return h as Tensor;
  }

  override extraRepr(): string {
    const nonlinearity = this.nonlinearity === 'tanh' ? '' : `, nonlinearity=${this.nonlinearity}`;
    return `${super.extraRepr()}${nonlinearity}`;
  }
}
