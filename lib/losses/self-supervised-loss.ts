import { expectBoolean } from '../arguments.ts';
import { expectEmbeddings } from '../embeddings.ts';
import { ShapeError } from '../errors.ts';
import { arange, cat } from '../generated/torch.ts';
import { Module } from '../nn/module.ts';
import type { Tensor } from '../tensor.ts';
import { type EmbeddingLoss, expectModule } from './embedding-loss.ts';

export interface SelfSupervisedLossOptions {
  loss: EmbeddingLoss;
  /**
   * Whether all rows of both are anchors, compared with each other; with false the embeddings are anchors, and the
   * others their candidates. True by default.
   */
  symmetric?: boolean;
}

/**
 * A loss of embeddings and those of the same things seen another way: row i of the one and row i of the other are
 * positives, everything else is a negative (pytorch-metric-learning's `SelfSupervisedLoss`).
 *
 * @throws ShapeError where the two differ in shape.
 * @example
 * const lossFn = new torch.losses.SelfSupervisedLoss({ loss: new torch.losses.TripletMarginLoss() });
 * lossFn(model(x), model(augmented(x))).backward();
 */
export class SelfSupervisedLoss extends Module {
  readonly loss: EmbeddingLoss;
  readonly symmetric: boolean;

  constructor({ loss, symmetric = true }: SelfSupervisedLossOptions) {
    super();
    expectModule('SelfSupervisedLoss: loss', loss);
    this.loss = loss;
    this.symmetric = expectBoolean('SelfSupervisedLoss: symmetric', symmetric);
  }

  /** @param embeddings `[N, D]` @param reference `[N, D]` */
  override forward(embeddings: Tensor, reference: Tensor): Tensor {
    expectEmbeddings('SelfSupervisedLoss: embeddings', embeddings);
    expectEmbeddings('SelfSupervisedLoss: reference', reference);
    const [shape, other] = [embeddings.shape, reference.shape];
    if (shape[0] !== other[0] || shape[1] !== other[1]) {
      throw new ShapeError(`SelfSupervisedLoss: reference must be [${shape.join(', ')}], got [${other.join(', ')}]`);
    }
    const labels = arange(shape[0] as number, { device: embeddings.device });
    if (this.symmetric) return this.loss(cat([embeddings, reference]), cat([labels, labels]));
    return this.loss(embeddings, labels, { reference, referenceLabels: labels });
  }
}
