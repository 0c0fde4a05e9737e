import { arange, onesLike, zeros } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { MeanReducer } from './mean-reducer.ts';
import { anchorsOf, type ReducedBatch, Reducer, type UnreducedLoss } from './reducer.ts';

export interface PerAnchorReducerOptions {
  /** What makes one number of the anchors' means; a `MeanReducer` by default. */
  reducer?: Reducer;
}

/**
 * First the mean over the pairs or triplets of each anchor, 0 where it has none, then another reducer over the `N` rows
 * of the batch, so that an anchor with many counts no more than one with few (pytorch-metric-learning's `PerAnchorReducer`,
 * which refuses triplets). Losses of single rows go to the other reducer as they are.
 *
 * @throws TypeError if it is called without the batch.
 * @example
 * new torch.reducers.PerAnchorReducer({ reducer: new torch.reducers.AvgNonZeroReducer() });
 */
export class PerAnchorReducer extends Reducer {
  readonly reducer: Reducer;

  constructor({ reducer = new MeanReducer() }: PerAnchorReducerOptions = {}) {
    super();
    this.reducer = reducer;
  }

  override reduce(loss: UnreducedLoss, batch?: ReducedBatch): Tensor {
    if (loss.kind === 'reduced' || loss.kind === 'element') return this.reducer.reduce(loss, batch);
    if (batch === undefined) throw new TypeError('PerAnchorReducer: the batch must be given with the loss, got none');
    const { values } = loss;
    const rows = batch.embeddings.shape[0] as number;
    const { dtype, device } = values;
    const anchors = anchorsOf(loss);
    const counts = zeros([rows], { dtype, device }).indexAdd(0, anchors, onesLike(values));
    const means = zeros([rows], { dtype, device }).indexAdd(0, anchors, values).div(counts.clampMin(1));
    return this.reducer.reduce({ ...loss, kind: 'element', values: means, indices: arange(rows, { device }) }, batch);
  }
}
