import { expectPositive } from '../arguments.ts';
import { CosineSimilarity } from '../distances/cosine-similarity.ts';
import type { Distance } from '../distances/distance.ts';
import { cat, searchsorted, zeros } from '../generated/torch.ts';
import { Module } from '../nn/module.ts';
import type { Tensor } from '../tensor.ts';
import { expectColumns, expectScores, similarities, zeroLoss } from './embedding-columns.ts';

export interface CoSENTLossOptions {
  /** What similarities are multiplied by, `> 0`; 20 by default. */
  scale?: number;
  /** Cosine similarity by default; a distance counts as its negative. */
  similarity?: Distance;
}

/**
 * Ranks the similarities of pairs by their labels: `log(1 + sum of exp(scale (s_i - s_j)))` over all i, j with `y_i <
 * y_j` (sentence-transformers' `CoSENTLoss`; Su, 2022). Only the order of the labels counts; pairs of equal labels are
 * not compared. It is one number for the batch, no mean. It takes O(N log N) time.
 *
 * @returns a scalar; 0 where all labels are equal.
 * @throws ShapeError for labels that are not `[N]`.
 * @example
 * const lossFn = new torch.losses.CoSENTLoss();
 * lossFn(model(first), model(second), torch.tensor([0.1, 0.9, 0.5])).backward();
 */
export class CoSENTLoss extends Module {
  readonly scale: number;
  readonly similarity: Distance;

  constructor({ scale = 20, similarity = new CosineSimilarity() }: CoSENTLossOptions = {}) {
    super();
    expectPositive('CoSENTLoss: scale', scale);
    this.scale = scale;
    this.similarity = similarity;
  }

  /** Embeddings `[N, D]`, their partners `[N, D]`, and how similar they are, `[N]`, on any scale. */
  override forward(first: Tensor, second: Tensor, labels: Tensor): Tensor {
    const columns = expectColumns(this.constructor.name, { first, second }) as [Tensor, Tensor];
    const rows = first.shape[0] as number;
    expectScores(`${this.constructor.name}: labels`, labels, rows);
    if (rows === 0) return zeroLoss(columns);
    const [sorted, order] = (labels.dtype === 'bool' ? labels.long() : labels).sort({ dim: 0 }) as [Tensor, Tensor];
    const scores = similarities(this.similarity, ...columns)
      .mul(this.scale)
      .index([order]);
    // Of each pair: how many there are whose label is not higher; the others follow.
    const lower = searchsorted(sorted, sorted, { right: true });
    const compared = lower.lt(rows);
    // log sum of exp(-s) from each place on. Only pairs that have a higher one look there.
    const others = scores.neg().flip([0]).logcumsumexp(0).flip([0]);
    const exponents = scores.index([compared]).add(others.index([lower.index([compared])]));
    const none = zeros([1], { dtype: scores.dtype, device: scores.device });
    return cat([none, exponents]).logsumexp(0);
  }
}
