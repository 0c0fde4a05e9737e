/** What wrappers ask of the losses and miners that they hold. */

import type { BatchCall } from '../batch.ts';
import { describeValue } from '../errors.ts';
import { Module } from '../nn/module.ts';
import type { Tuples } from '../pairs.ts';
import type { Labels } from '../relation.ts';
import type { Tensor } from '../tensor.ts';
import type { LossCall } from './loss-batch.ts';

/** A loss that is called with embeddings `[N, D]` and labels: a `MetricLoss`, or a wrapper of such. */
export interface EmbeddingLoss extends Module {
  forward(embeddings: Tensor, labels: Labels, call?: LossCall): Tensor;
}

/** A module that chooses tuples, such as those of `torch.miners`. */
export interface TupleMiner extends Module {
  forward(embeddings: Tensor, labels: Labels, call?: BatchCall): Tuples;
}

/** Checks that a wrapper was given a module. */
export function expectModule(where: string, value: unknown): void {
  if (!(value instanceof Module)) throw new TypeError(`${where} must be a Module, got ${describeValue(value)}`);
}
