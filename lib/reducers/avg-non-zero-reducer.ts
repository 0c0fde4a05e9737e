import { where } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { Reducer, type UnreducedLoss } from './reducer.ts';

/**
 * The mean over the losses that are greater than 0: what satisfies the margin does not dilute what violates it
 * (pytorch-metric-learning's `AvgNonZeroReducer`). 0, with gradient 0, where no loss is.
 */
export class AvgNonZeroReducer extends Reducer {
  override divisor(_total: number, nonZero: number): number {
    return Math.max(1, nonZero);
  }

  override get dropsZeros(): boolean {
    return true;
  }

  override reduce({ kind, values }: UnreducedLoss): Tensor {
    if (kind === 'reduced') return values;
    // Written so that NaN is kept, and shows.
    return where(values.le(0), 0, values).sum().div(values.gt(0).sum().clampMin(1));
  }
}
