/** One step of the gated recurrent unit. */

import { gruCell } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import { type CellOptions, cellDefaults, RNNCellBase } from './rnn-cell-base.ts';

/** One step of a `GRU` (`torch.nn.GRUCell`). */
export class GRUCell extends RNNCellBase {
  constructor(inputSize: number, hiddenSize: number, ...rest: Trailing<[bias: boolean], CellOptions>) {
    super(3, inputSize, hiddenSize, readTrailing('GRUCell', ['bias'], rest, cellDefaults));
  }

  /** `[N, inputSize]` and `[N, hiddenSize]` to `[N, hiddenSize]`, all with or without N; `hx` is zero by default. */
  forward(input: Tensor, hx?: Tensor | null): Tensor {
    const [h] = this.run(input, hx == null ? null : [hx], 1, (x, [state]) => [
      gruCell(x, state as Tensor, this.weight_ih, this.weight_hh, this.bias_ih, this.bias_hh),
    ]);
    return h as Tensor;
  }
}
