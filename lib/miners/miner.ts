/** The base of every miner. */

import { noGrad } from '../autograd/modes.ts';
import type { Distance } from '../distances/distance.ts';
import { LpDistance } from '../distances/lp-distance.ts';
import { expectEmbeddings, widened } from '../embeddings.ts';
import { DTypeError, ShapeError } from '../errors.ts';
import { Module } from '../nn/module.ts';
import type { Tuples } from '../pairs.ts';
import { type Labels, type Relation, relationOf } from '../relation.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';

/** What may follow embeddings and labels in a call of a miner. */
export interface MinerCall {
  /** The candidates `[M, D]`; the embeddings themselves by default. */
  reference?: Tensor;
  /** The candidates' class ids, int64 `[M]`. */
  referenceLabels?: Tensor;
}

/** A checked call. */
export interface MinerBatch {
  /** `[N, D]`, detached, float32 where half precision was given. */
  readonly embeddings: Tensor;
  /** `[M, D]`; the same object as `embeddings` where no reference was given. */
  readonly reference: Tensor;
  readonly relation: Relation;
}

/**
 * A miner chooses the pairs or triplets of embeddings `[N, D]` and labels (int64 `[N]`, or a `Relation`) that a loss is
 * to learn from. It records no gradients, and leaves no tensors but what it returns.
 */
export abstract class Miner<Mined extends Tuples = Tuples> extends Module {
  readonly distance: Distance;

  constructor(distance: Distance = new LpDistance()) {
    super();
    this.distance = distance;
  }

  protected abstract mine(batch: MinerBatch): Mined;

  override forward(embeddings: Tensor, labels: Labels, { reference, referenceLabels }: MinerCall = {}): Mined {
    const where = this.constructor.name;
    const candidates = reference ?? embeddings;
    expectEmbeddings(`${where}: embeddings`, embeddings);
    expectEmbeddings(`${where}: reference`, candidates);
    if (candidates.shape[1] !== embeddings.shape[1]) {
      throw new ShapeError(
        `${where}: reference must be [M, ${embeddings.shape[1]}], got [${candidates.shape.join(', ')}]`,
      );
    }
    if (candidates.dtype !== embeddings.dtype) {
      throw new DTypeError(`${where}: reference must be ${embeddings.dtype}, got ${candidates.dtype}`);
    }
    const relation = relationOf(where, labels, embeddings, candidates, referenceLabels);
    return noGrad(() =>
      scope(() => {
        const rows = widened(embeddings.detach());
        const columns = candidates === embeddings ? rows : widened(candidates.detach());
        return this.mine({ embeddings: rows, reference: columns, relation });
      }),
    );
  }
}
