import { expectNumber } from '../arguments.ts';
import { CosineSimilarity } from '../distances/cosine-similarity.ts';
import { normalizeRows } from '../distances/normalize.ts';
import type { Parameter } from '../nn/parameter.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import type { Tensor } from '../tensor.ts';
import { ClassLoss, type ClassLossOptions } from './class-loss.ts';
import type { LossBatch } from './loss-batch.ts';

export interface NormalizedSoftmaxLossOptions extends ClassLossOptions {
  /** What similarities are divided by before the softmax; 0.05 by default. */
  temperature?: number;
}

/**
 * `-log(exp(x . w_y / T) / sum_j exp(x . w_j / T))` over normalised embeddings and class weights (pytorch-metric-learning's
 * `NormalizedSoftmaxLoss`; Zhai and Wu 2019): ArcFace without a margin. Weights are normalised whatever the distance; with
 * one that is no similarity, logits are `-d / T`. `W` is `[embeddingSize, numClasses]`.
 *
 * @returns a scalar; `getLogits` gives the logits, `[N, numClasses]`.
 * @throws RangeError for labels out of range, or a temperature that is not above 0.
 * @example
 * new torch.losses.NormalizedSoftmaxLoss({ numClasses: 10, embeddingSize: 32, temperature: 0.05 })(embeddings, labels);
 */
export class NormalizedSoftmaxLoss extends ClassLoss {
  readonly temperature: number;
  /** `[embeddingSize, numClasses]` */
  readonly W: Parameter;

  constructor(options: NormalizedSoftmaxLossOptions) {
    super(options, { distance: () => new CosineSimilarity() });
    const { temperature = 0.05 } = options;
    expectNumber('NormalizedSoftmaxLoss: temperature', temperature);
    if (!(temperature > 0)) {
      throw new RangeError(`NormalizedSoftmaxLoss: temperature must be above 0, got ${temperature}`);
    }
    this.temperature = temperature;
    this.W = this.newWeights(this.embeddingSize, this.numClasses);
  }

  protected override weightRows(): Tensor {
    return this.W.T;
  }

  protected override logits(embeddings: Tensor): Tensor {
    const rows = normalizeRows(this.like(embeddings, this.W).T, 2);
    return this.distance.ascending(this.distance.matrix(embeddings, rows)).div(-this.temperature);
  }

  protected override parts(batch: LossBatch): readonly UnreducedLoss[] {
    const classes = this.classesOf(batch);
    return [this.crossEntropyOf(batch, this.logits(batch.embeddings), classes)];
  }
}
