/** The base of penalties on embeddings or weights. */

import { expectEmbeddings, widened } from '../embeddings.ts';
import { Module } from '../nn/module.ts';
import { MeanReducer } from '../reducers/mean-reducer.ts';
import type { Reducer, UnreducedLoss } from '../reducers/reducer.ts';
import type { Tensor } from '../tensor.ts';

export interface RegularizerOptions {
  /** How the penalties become one number; their mean by default. */
  reducer?: Reducer;
}

/**
 * A penalty on rows `[N, D]`: embeddings, or the weights of classes. A loss takes one as `embeddingRegularizer` or
 * `weightRegularizer`. Half precision is computed in float32.
 *
 * @example
 * const weightRegularizer = new torch.regularizers.RegularFaceRegularizer();
 * new torch.losses.ArcFaceLoss({ numClasses: 10, embeddingSize: 32, weightRegularizer, weightRegWeight: 0.1 });
 */
export abstract class Regularizer extends Module {
  readonly reducer: Reducer;

  constructor({ reducer }: RegularizerOptions = {}, defaultReducer: () => Reducer = () => new MeanReducer()) {
    super();
    this.reducer = reducer ?? defaultReducer();
  }

  /** The penalties before reduction. */
  protected abstract penalties(rows: Tensor): UnreducedLoss;

  /** @param rows `[N, D]` @returns a scalar; 0, with gradient 0, where there are no rows. */
  override forward(rows: Tensor): Tensor {
    expectEmbeddings(`${this.constructor.name}: rows`, rows);
    const wide = widened(rows);
    return this.reducer.reduce(this.penalties(wide), { embeddings: wide, classes: undefined });
  }
}
