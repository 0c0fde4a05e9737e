import type { Tensor } from '../tensor.ts';
import { MeanReducer } from './mean-reducer.ts';
import { type ReducedBatch, Reducer, type UnreducedLoss } from './reducer.ts';

export interface MultipleReducersOptions {
  /** By the name of a part, such as `positive` and `negative`, what reduces it. */
  reducers: Readonly<Record<string, Reducer>>;
  /** What reduces other parts; a `MeanReducer` by default. */
  defaultReducer?: Reducer;
}

/**
 * A reducer for each part of a loss (pytorch-metric-learning's `MultipleReducers`, whose names `pos_loss` and `neg_loss` are
 * `positive` and `negative` here).
 *
 * @example
 * const { MultipleReducers, ThresholdReducer, MeanReducer } = torch.reducers;
 * const reducer = new MultipleReducers({
 *   reducers: { positive: new ThresholdReducer({ low: 0.1 }), negative: new MeanReducer() },
 * });
 */
export class MultipleReducers extends Reducer {
  readonly reducers: ReadonlyMap<string, Reducer>;
  readonly defaultReducer: Reducer;

  constructor({ reducers, defaultReducer = new MeanReducer() }: MultipleReducersOptions) {
    super();
    this.reducers = new Map(Object.entries(reducers));
    this.defaultReducer = defaultReducer;
  }

  override reduce(loss: UnreducedLoss, batch?: ReducedBatch): Tensor {
    const reducer = loss.name === undefined ? undefined : this.reducers.get(loss.name);
    return (reducer ?? this.defaultReducer).reduce(loss, batch);
  }
}
