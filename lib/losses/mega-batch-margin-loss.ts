import { expectNumber } from '../arguments.ts';
import { CosineSimilarity } from '../distances/cosine-similarity.ts';
import { eye, where } from '../generated/torch.ts';
import { Module } from '../nn/module.ts';
import type { Tensor } from '../tensor.ts';
import { expectColumns, zeroLoss } from './embedding-columns.ts';

export interface MegaBatchMarginLossOptions {
  /** How similar a pair must be; 0.8 by default. */
  positiveMargin?: number;
  /** How similar an anchor may be to the positive of another; 0.3 by default. */
  negativeMargin?: number;
}

const cosine = new CosineSimilarity();

/**
 * `max(0, positiveMargin - s(a_i, p_i)) + max(0, max_{j != i} s(a_i, p_j) - negativeMargin)`, cosine similarities, as
 * the mean over anchors: the hardest negative of a batch, which should be large (sentence-transformers'
 * `MegaBatchMarginLoss`; Wieting and Gimpel, ParaNMT-50M, ACL 2018).
 *
 * @returns a scalar; 0 for an empty batch, and of one row the first term.
 * @throws ShapeError for columns of different shapes.
 * @example
 * new torch.losses.MegaBatchMarginLoss()(model(sentences), model(paraphrases)).backward();
 */
export class MegaBatchMarginLoss extends Module {
  readonly positiveMargin: number;
  readonly negativeMargin: number;

  constructor({ positiveMargin = 0.8, negativeMargin = 0.3 }: MegaBatchMarginLossOptions = {}) {
    super();
    expectNumber('MegaBatchMarginLoss: positiveMargin', positiveMargin);
    expectNumber('MegaBatchMarginLoss: negativeMargin', negativeMargin);
    this.positiveMargin = positiveMargin;
    this.negativeMargin = negativeMargin;
  }

  /** Anchors `[N, D]` and the positive of each, `[N, D]`. */
  override forward(anchors: Tensor, positives: Tensor): Tensor {
    const columns = expectColumns('MegaBatchMarginLoss', { anchors, positives }) as [Tensor, Tensor];
    const rows = anchors.shape[0] as number;
    if (rows === 0) return zeroLoss(columns);
    const similarities = cosine.matrix(...columns);
    const pull = similarities.diagonal().neg().add(this.positiveMargin).relu();
    if (rows === 1) return pull.mean();
    const isOwn = eye(rows, { dtype: 'bool', device: similarities.device });
    const hardest = where(isOwn, Number.NEGATIVE_INFINITY, similarities).max(1)[0] as Tensor;
    return pull.add(hardest.sub(this.negativeMargin).relu()).mean();
  }
}
