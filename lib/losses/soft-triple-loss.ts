import { expectInteger, expectNumber } from '../arguments.ts';
import { full } from '../creation.ts';
import { CosineSimilarity } from '../distances/cosine-similarity.ts';
import { Similarity } from '../distances/similarity.ts';
import { describeValue } from '../errors.ts';
import { kaimingUniform_ } from '../nn/init.ts';
import type { Parameter } from '../nn/parameter.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import type { Tensor } from '../tensor.ts';
import { ClassLoss, type ClassLossOptions } from './class-loss.ts';
import type { LossBatch } from './loss-batch.ts';

export interface SoftTripleLossOptions extends ClassLossOptions {
  /** How many centres each class has; 10 by default. */
  centersPerClass?: number;
  /** What similarities are multiplied by before the softmax over classes, `lambda`; 20 by default. */
  la?: number;
  /** The temperature of the softmax over a class's centres; 0.1 by default. */
  gamma?: number;
  /** The margin `delta`, of similarities; 0.01 by default. */
  margin?: number;
}

/**
 * `-log(exp(la (S_y - delta)) / (exp(la (S_y - delta)) + sum_{j != y} exp(la S_j)))`, the similarity to class `j` being
 * that to its centres, `S_j = sum_k q_k s(x, w_jk)`, `q = softmax_k(s(x, w_jk) / gamma)` (pytorch-metric-learning's
 * `SoftTripleLoss`; Qian et al. 2019). `fc` is `[embeddingSize, numClasses * centersPerClass]`, the centres of a class side
 * by side. A `SparseCentersRegularizer` as `weightRegularizer` merges those that are not needed.
 *
 * @returns a scalar; `getLogits` gives `S`, `[N, numClasses]`.
 * @throws RangeError for labels out of range; TypeError for a distance that is no similarity.
 * @example
 * new torch.losses.SoftTripleLoss({ numClasses: 10, embeddingSize: 32, centersPerClass: 4 })(embeddings, labels);
 */
export class SoftTripleLoss extends ClassLoss {
  readonly centersPerClass: number;
  readonly la: number;
  readonly gamma: number;
  readonly margin: number;
  /** `[embeddingSize, numClasses * centersPerClass]` */
  readonly fc: Parameter;

  constructor(options: SoftTripleLossOptions) {
    super(options, {
      distance: () => new CosineSimilarity(),
      weightInitFunc: (weights) => kaimingUniform_(weights, { a: Math.sqrt(5) }),
    });
    const { centersPerClass = 10, la = 20, gamma = 0.1, margin = 0.01 } = options;
    const where = 'SoftTripleLoss';
    if (!(this.distance instanceof Similarity)) {
      throw new TypeError(`${where}: distance must be a Similarity, got ${describeValue(this.distance)}`);
    }
    expectNumber(`${where}: la`, la);
    expectNumber(`${where}: gamma`, gamma);
    if (!(gamma > 0)) throw new RangeError(`${where}: gamma must be above 0, got ${gamma}`);
    expectNumber(`${where}: margin`, margin);
    this.centersPerClass = expectInteger(`${where}: centersPerClass`, centersPerClass);
    this.la = la;
    this.gamma = gamma;
    this.margin = margin;
    this.fc = this.newWeights(this.embeddingSize, this.numClasses * centersPerClass);
  }

  protected override weightRows(): Tensor {
    return this.fc.T;
  }

  protected override logits(embeddings: Tensor): Tensor {
    const { centersPerClass, numClasses } = this;
    const all = this.distance.matrix(embeddings, this.like(embeddings, this.fc).T);
    const similarities = all.view([embeddings.shape[0] as number, numClasses, centersPerClass]);
    return similarities.div(this.gamma).softmax(2).mul(similarities).sum(2);
  }

  protected override parts(batch: LossBatch): readonly UnreducedLoss[] {
    const classes = this.classesOf(batch);
    const { dtype, device } = batch.embeddings;
    const margins = full([batch.rows, 1], -this.margin, { dtype, device });
    const logits = this.logits(batch.embeddings).scatterAdd(1, classes.unsqueeze(1), margins);
    return [this.crossEntropyOf(batch, logits.mul(this.la), classes)];
  }
}
