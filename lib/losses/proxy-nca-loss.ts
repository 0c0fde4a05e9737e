import { expectNumber } from '../arguments.ts';
import { LpDistance } from '../distances/lp-distance.ts';
import { crossEntropy } from '../nn/functional/index.ts';
import type { Parameter } from '../nn/parameter.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import type { Tensor } from '../tensor.ts';
import { ClassLoss, type ClassLossOptions } from './class-loss.ts';
import type { LossBatch } from './loss-batch.ts';

export interface ProxyNCALossOptions extends ClassLossOptions {
  /** What distances are multiplied by before the softmax; 1 by default. */
  softmaxScale?: number;
}

/**
 * `-log(exp(-s d(x, p_y)) / sum_j exp(-s d(x, p_j)))` with one proxy `p` a class, by default over squared Euclidean
 * distances of normalised vectors (pytorch-metric-learning's `ProxyNCALoss`; Movshovitz-Attias et al. 2017, whose sum
 * leaves the own proxy out). It is computed as a log-softmax: pytorch-metric-learning drops rows whose probability
 * underflows, which are the worst ones. `proxies` is `[numClasses, embeddingSize]`.
 *
 * @returns a scalar; `getLogits` gives the distances to proxies, `[N, numClasses]`, as pytorch-metric-learning does: with
 * a distance, the smallest is the nearest class.
 * @throws RangeError for labels out of range.
 * @example
 * new torch.losses.ProxyNCALoss({ numClasses: 10, embeddingSize: 32, softmaxScale: 8 })(embeddings, labels);
 */
export class ProxyNCALoss extends ClassLoss {
  readonly softmaxScale: number;
  /** `[numClasses, embeddingSize]` */
  readonly proxies: Parameter;

  constructor(options: ProxyNCALossOptions) {
    super(options, { distance: () => new LpDistance({ power: 2 }) });
    const { softmaxScale = 1 } = options;
    expectNumber('ProxyNCALoss: softmaxScale', softmaxScale);
    this.softmaxScale = softmaxScale;
    this.proxies = this.newWeights(this.numClasses, this.embeddingSize);
  }

  protected override weightRows(): Tensor {
    return this.proxies;
  }

  protected override logits(embeddings: Tensor): Tensor {
    return this.distance.matrix(embeddings, this.like(embeddings, this.proxies));
  }

  protected override parts(batch: LossBatch): readonly UnreducedLoss[] {
    const classes = this.classesOf(batch);
    const logits = this.distance.ascending(this.logits(batch.embeddings)).mul(-this.softmaxScale);
    const losses = crossEntropy(logits, classes, { reduction: 'none' });
    return [this.rowLosses(batch, losses, { anchorsOnly: true })];
  }
}
