/** The base of every miner. */

import { noGrad } from '../autograd/modes.ts';
import { type Batch, type BatchCall, readBatch } from '../batch.ts';
import type { Distance } from '../distances/distance.ts';
import { LpDistance } from '../distances/lp-distance.ts';
import { Module } from '../nn/module.ts';
import type { Tuples } from '../pairs.ts';
import type { Labels } from '../relation.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';

/** What may follow embeddings and labels in a call of a miner. */
export interface MinerCall extends BatchCall {}

/** A checked call, without gradients. */
export interface MinerBatch extends Batch {}

const callNames = ['reference', 'referenceLabels'];

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

  override forward(embeddings: Tensor, labels: Labels, call: MinerCall = {}): Mined {
    return noGrad(() =>
      scope(() => {
        const batch = readBatch(this.constructor.name, embeddings, labels, call, callNames);
        const rows = batch.embeddings.detach();
        const columns = batch.reference === batch.embeddings ? rows : batch.reference.detach();
        return this.mine({ embeddings: rows, reference: columns, relation: batch.relation });
      }),
    );
  }
}
