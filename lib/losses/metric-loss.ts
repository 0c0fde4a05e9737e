/** The base of every loss that is called with embeddings and labels. */

import type { Distance } from '../distances/distance.ts';
import { LpDistance } from '../distances/lp-distance.ts';
import { Module } from '../nn/module.ts';
import { MeanReducer } from '../reducers/mean-reducer.ts';
import { anchorsOf, type Reducer, type UnreducedLoss } from '../reducers/reducer.ts';
import type { Labels } from '../relation.ts';
import type { Tensor } from '../tensor.ts';
import { LossBatch, type LossCall } from './loss-batch.ts';

/** Follows what a loss sees; a controller may set its margin. */
export interface LossObserver {
  /** Called before each loss is computed, so that what it sets on the loss is already used. */
  observe(batch: LossBatch, distance: Distance, loss: MetricLoss): void;
}

/** What every such loss can be told. */
export interface MetricLossOptions {
  distance?: Distance;
  reducer?: Reducer;
  /** A penalty on the embeddings, added to the loss: called with `[N, D]`, returns a scalar. */
  embeddingRegularizer?: ((embeddings: Tensor) => Tensor) | null;
  /** What the penalty is multiplied by; 1 by default. */
  embeddingRegWeight?: number;
  /** Shown every batch, such as a `MarginMonitor`. */
  observer?: LossObserver | null;
}

/**
 * A loss of embeddings `[N, D]` and labels: int64 `[N]`, or a `Relation`. A subclass says in `parts` what the loss of each
 * element, pair or triplet is; the reducer makes one number of it. Half precision is computed in float32.
 *
 * @example
 * const loss = lossFn(embeddings, labels);
 * const mined = lossFn(embeddings, labels, { tuples: miner(embeddings, labels) });
 * const other = lossFn(queries, labels, { reference: documents, referenceLabels });
 */
export abstract class MetricLoss extends Module {
  readonly distance: Distance;
  readonly reducer: Reducer;
  readonly embeddingRegularizer: ((embeddings: Tensor) => Tensor) | null;
  readonly embeddingRegWeight: number;
  readonly observer: LossObserver | null;

  constructor(
    { distance, reducer, embeddingRegularizer = null, embeddingRegWeight = 1, observer = null }: MetricLossOptions = {},
    defaults: { distance?: () => Distance; reducer?: () => Reducer } = {},
  ) {
    super();
    this.distance = distance ?? defaults.distance?.() ?? new LpDistance();
    this.reducer = reducer ?? defaults.reducer?.() ?? new MeanReducer();
    this.embeddingRegularizer = embeddingRegularizer;
    this.embeddingRegWeight = embeddingRegWeight;
    this.observer = observer;
  }

  /** The parts that the loss is the sum of, each before reduction and without the caller's weights. */
  protected abstract parts(batch: LossBatch): readonly UnreducedLoss[];

  override forward(embeddings: Tensor, labels: Labels, call?: LossCall): Tensor {
    const batch = new LossBatch(this.constructor.name, embeddings, labels, call);
    this.observer?.observe(batch, this.distance, this);
    const loss = this.reduced(batch);
    if (this.embeddingRegularizer === null) return loss;
    return loss.add(this.embeddingRegularizer(batch.embeddings).mul(this.embeddingRegWeight));
  }

  /** The losses of the single elements, pairs or triplets (with pytorch-metric-learning: by a `DoNothingReducer`). */
  unreduced(embeddings: Tensor, labels: Labels, call?: LossCall): readonly UnreducedLoss[] {
    return this.weighed(new LossBatch(this.constructor.name, embeddings, labels, call));
  }

  /** One number; a subclass that need not list its parts overrides it. */
  protected reduced(batch: LossBatch): Tensor {
    const context = { embeddings: batch.embeddings, classes: batch.relation.labels };
    const parts = this.weighed(batch).map((part) => this.reducer.reduce(part, context));
    return parts.length === 0 ? batch.embeddings.sum().mul(0) : parts.reduce((sum, part) => sum.add(part));
  }

  /**
   * The parts times the weights of rows and of a weighted relation's pairs. One that is reduced already is a penalty of the
   * loss' own beside others, which weights leave as it is.
   */
  protected weighed(batch: LossBatch): readonly UnreducedLoss[] {
    const parts = this.parts(batch);
    const { relation, weights } = batch;
    const ofPairs = relation.weighted ? (relation.block().weights as Tensor).to(batch.embeddings.dtype) : null;
    if (weights === undefined && ofPairs === null) return parts;
    return parts.map((part) => {
      if (part.kind === 'reduced') {
        if (parts.length > 1) return part;
        throw new TypeError(`${batch.where}: this loss takes no weights`);
      }
      let values = part.values;
      if (weights !== undefined) values = values.mul(weights.to(values.dtype).index([anchorsOf(part)]));
      if (ofPairs === null) return { ...part, values };
      if (part.kind === 'element') {
        throw new TypeError(`${batch.where}: a weighted relation says nothing of single rows, which this loss is of`);
      }
      const { anchor } = part.indices;
      const others = part.kind === 'pair' ? [part.indices.other] : [part.indices.positive, part.indices.negative];
      for (const other of others) values = values.mul(ofPairs.index([anchor, other]));
      return { ...part, values };
    });
  }
}
