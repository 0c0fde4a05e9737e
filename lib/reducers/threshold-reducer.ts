import { where } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { Reducer, type UnreducedLoss } from './reducer.ts';

export interface ThresholdReducerOptions {
  /** Losses must be greater than this; no limit by default. */
  low?: number;
  /** Losses must be less than this; no limit by default. */
  high?: number;
}

/**
 * The mean over the losses between two limits, themselves excluded (pytorch-metric-learning's `ThresholdReducer`); 0, with
 * gradient 0, where none is. NaN is never filtered out, so that it shows.
 *
 * @throws TypeError if there is neither limit.
 * @example
 * new torch.reducers.ThresholdReducer({ low: 0, high: 1 });
 */
export class ThresholdReducer extends Reducer {
  readonly low: number;
  readonly high: number;

  constructor({ low, high }: ThresholdReducerOptions) {
    super();
    if (low === undefined && high === undefined) {
      throw new TypeError('ThresholdReducer: low or high must be a number, got neither');
    }
    this.low = low ?? Number.NEGATIVE_INFINITY;
    this.high = high ?? Number.POSITIVE_INFINITY;
  }

  override reduce({ kind, values }: UnreducedLoss): Tensor {
    if (kind === 'reduced') return values;
    const dropped = values.le(this.low).logicalOr(values.ge(this.high));
    return where(dropped, 0, values).sum().div(dropped.logicalNot().sum().clampMin(1));
  }
}
