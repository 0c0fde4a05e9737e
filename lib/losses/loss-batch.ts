/** What a call of a loss is given, checked, and seen the way each loss wants it. */

import { type Batch, type BatchCall, readBatch } from '../batch.ts';
import { expectTensor } from '../embeddings.ts';
import { DTypeError, ShapeError } from '../errors.ts';
import { ones } from '../generated/torch.ts';
import { allPairs, expectTuples, type Pairs, type Tuples, toMasks, toPairs, toTriplets, toWeights } from '../pairs.ts';
import type { PairIndices } from '../reducers/reducer.ts';
import type { Labels, PairMasks, Relation } from '../relation.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { allTriplets, type Triplets } from '../triplets.ts';

/** What may follow embeddings and labels in a call of a loss. */
export interface LossCall extends BatchCall {
  /** A miner's pairs or triplets; by default all that the labels allow. */
  tuples?: Tuples;
  /** What each row counts, floating `[N]`: its own losses, or those of the pairs and triplets that it is the anchor of. */
  weights?: Tensor;
}

function expectWeights(where: string, weights: Tensor, rows: number): void {
  expectTensor(where, weights);
  if (!weights.isFloatingPoint()) throw new DTypeError(`${where} must be of a floating dtype, got ${weights.dtype}`);
  const shape = weights.shape;
  if (shape.length !== 1 || shape[0] !== rows) {
    throw new ShapeError(`${where} must be [${rows}], got [${shape.join(', ')}]`);
  }
}

const callNames = ['tuples', 'reference', 'referenceLabels', 'weights'];

/** A checked call. What is derived from it is computed when it is asked for. */
export class LossBatch implements Batch {
  /** The name of the loss, for errors. */
  readonly where: string;
  /** `[N, D]`, float32 where half precision was given. */
  readonly embeddings: Tensor;
  /** `[M, D]`; the same object as `embeddings` where no reference was given. */
  readonly reference: Tensor;
  readonly relation: Relation;
  readonly tuples: Tuples | undefined;
  /** `[N]` */
  readonly weights: Tensor | undefined;

  constructor(where: string, embeddings: Tensor, labels: Labels, call: LossCall = {}) {
    const batch = readBatch(where, embeddings, labels, call, callNames);
    const { tuples, weights } = call;
    if (tuples !== undefined) expectTuples(`${where}: tuples`, tuples);
    if (weights !== undefined) expectWeights(`${where}: weights`, weights, embeddings.shape[0] as number);
    this.where = where;
    this.embeddings = batch.embeddings;
    this.reference = batch.reference;
    this.relation = batch.relation;
    this.tuples = tuples;
    this.weights = weights;
  }

  get rows(): number {
    return this.relation.rows;
  }

  get columns(): number {
    return this.relation.columns;
  }

  /** Whether the candidates are the rows themselves. */
  get isSelf(): boolean {
    return this.reference === this.embeddings;
  }

  /**
   * Class ids int64 `[N]`.
   * @throws TypeError where the rows are related in another way.
   */
  get classes(): Tensor {
    const classes = this.relation.classes;
    if (classes === undefined) {
      throw new TypeError(`${this.where}: labels must be class ids, int64 [${this.rows}], got a Relation`);
    }
    return classes.labels;
  }

  /** The miner's pairs, or all. */
  get pairs(): Pairs {
    return this.tuples === undefined ? allPairs(this.relation) : toPairs(this.tuples);
  }

  /** The miner's positive pairs, or all, without the negative ones, of which there may be many more. */
  get positivePairs(): PairIndices {
    if (this.tuples !== undefined) {
      const { positiveAnchor, positive } = toPairs(this.tuples);
      return { anchor: positiveAnchor, other: positive };
    }
    return scope(() => {
      const [anchor, other] = this.relation.block().positives.nonzero().unbind(1) as [Tensor, Tensor];
      return { anchor, other };
    });
  }

  /** The miner's triplets, or all. */
  get triplets(): Triplets {
    if (this.tuples === undefined) return allTriplets(this.relation);
    return toTriplets(this.tuples, this.rows, this.columns);
  }

  /** The pairs as masks bool `[N, M]`. */
  get masks(): PairMasks {
    return this.tuples === undefined ? this.relation.block() : toMasks(this.tuples, this.rows, this.columns);
  }

  /** How often the miner chose each row, divided by the largest count, `[N]`: for losses of single rows. */
  get minedWeights(): Tensor {
    const dtype = this.embeddings.dtype as 'float32' | 'float64';
    if (this.tuples === undefined) return ones([this.rows], { dtype, device: this.embeddings.device });
    return toWeights(this.tuples, this.rows, dtype, !this.isSelf);
  }
}
