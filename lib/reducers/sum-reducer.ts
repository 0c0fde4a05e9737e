import type { Tensor } from '../tensor.ts';
import { Reducer, type UnreducedLoss } from './reducer.ts';

/** The sum over all losses (pytorch-metric-learning's `SumReducer`). */
export class SumReducer extends Reducer {
  override divisor(): number {
    return 1;
  }

  override reduce({ kind, values }: UnreducedLoss): Tensor {
    if (kind === 'reduced') return values;
    return values.sum();
  }
}
