import type { Tensor } from '../tensor.ts';
import { Reducer, type UnreducedLoss } from './reducer.ts';

/** The mean over all losses; 0, with gradient 0, where there are none (pytorch-metric-learning's `MeanReducer`). */
export class MeanReducer extends Reducer {
  override divisor(total: number): number {
    return Math.max(1, total);
  }

  override reduce({ kind, values }: UnreducedLoss): Tensor {
    if (kind === 'reduced') return values;
    return values.sum().div(Math.max(1, values.numel()));
  }
}
