import { expectNumber } from '../arguments.ts';
import { unique } from '../composite.ts';
import { CosineSimilarity } from '../distances/cosine-similarity.ts';
import { arange } from '../generated/torch.ts';
import { crossEntropy } from '../nn/functional/index.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import type { Tensor } from '../tensor.ts';
import type { LossBatch } from './loss-batch.ts';
import { MetricLoss, type MetricLossOptions } from './metric-loss.ts';
import { refuseReference } from './reference-refusal.ts';

export interface InstanceLossOptions extends MetricLossOptions {
  /** What similarities are multiplied by; 64 by default. */
  gamma?: number;
}

/**
 * Cross entropy over the rows of the batch themselves: `-log softmax(gamma s(x_i, x_1 .. x_N))[c_i]`, `c_i` being the
 * rank of the row's class among the sorted class ids of the batch (pytorch-metric-learning's `InstanceLoss`; after
 * Zheng et al., Dual-Path Convolutional Image-Text Embeddings with Instance Loss, TOMM 2020). Cosine similarity and the
 * mean over rows by default.
 *
 * Row c of the batch stands for the c-th class, so let the first C rows hold one row of each class in the order of
 * their ids; where each row is a class of its own, sorted, it compares each row with all others. A batch in another
 * order pulls rows towards whatever happens to stand there: `NormalizedSoftmaxLoss` has class weights of its own.
 *
 * @returns a scalar.
 * @throws TypeError for a `Relation`, which has no class ids, and for a reference.
 * @example
 * new torch.losses.InstanceLoss({ gamma: 64 })(embeddings, labels).backward();
 */
export class InstanceLoss extends MetricLoss {
  readonly gamma: number;

  constructor(options: InstanceLossOptions = {}) {
    super(options, { distance: () => new CosineSimilarity() });
    const { gamma = 64 } = options;
    expectNumber('InstanceLoss: gamma', gamma);
    this.gamma = gamma;
  }

  protected override parts(batch: LossBatch): readonly UnreducedLoss[] {
    refuseReference(batch);
    const [, ranks] = unique(batch.classes, { returnInverse: true }) as [Tensor, Tensor];
    if (batch.rows === 0) return [];
    const scores = this.distance.ascending(this.distance.matrix(batch.embeddings)).mul(-this.gamma);
    const values = crossEntropy(scores, ranks, { reduction: 'none' }).mul(batch.minedWeights);
    return [{ kind: 'element', values, indices: arange(batch.rows, { device: values.device }) }];
  }
}
