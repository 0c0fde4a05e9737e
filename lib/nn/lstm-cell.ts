/** One step of the long short-term memory. */

import { lstmCell } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import type { LSTMState } from './lstm.ts';
import { type CellOptions, cellDefaults, RNNCellBase } from './rnn-cell-base.ts';

/** One step of an `LSTM` (`torch.nn.LSTMCell`). */
export class LSTMCell extends RNNCellBase {
  constructor(inputSize: number, hiddenSize: number, ...rest: Trailing<[bias: boolean], CellOptions>) {
    super(4, inputSize, hiddenSize, readTrailing('LSTMCell', ['bias'], rest, cellDefaults));
  }

  /**
   * `[N, inputSize]` and hidden and cell state `[N, hiddenSize]` to both states, all with or without N; those before are
   * zero by default.
   */
  forward(input: Tensor, hx?: Readonly<LSTMState> | null): LSTMState {
    return this.run(input, hx ?? null, 2, (x, states) =>
      lstmCell(x, states, this.weight_ih, this.weight_hh, this.bias_ih, this.bias_hh),
    ) as LSTMState;
  }
}
