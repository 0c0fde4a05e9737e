import type { Distance } from '../distances/distance.ts';
import { DotProductSimilarity } from '../distances/dot-product-similarity.ts';
import { expectTensor } from '../embeddings.ts';
import { ShapeError } from '../errors.ts';
import { stack } from '../generated/torch.ts';
import { Module } from '../nn/module.ts';
import { Tensor } from '../tensor.ts';
import { expectColumns, namedColumns, similarities, zeroLoss } from './embedding-columns.ts';

export interface MarginMSELossOptions {
  /** Dot products of embeddings as they are by default; a distance counts as its negative. */
  similarity?: Distance;
}

/**
 * Distils margins: the mean of `((s(q, p) - s(q, n)) - y)²`, `y` being by how much a teacher scores the positive above
 * the negative (sentence-transformers' `MarginMSELoss`; Hofstätter et al., 2020).
 *
 * @returns a scalar; 0 for an empty batch.
 * @throws ShapeError for labels that are neither margins nor scores of the negatives given.
 * @example
 * const lossFn = new torch.losses.MarginMSELoss();
 * lossFn(model(queries), model(passages), model(otherPassages), margins).backward();
 */
export class MarginMSELoss extends Module {
  readonly similarity: Distance;
  /** How many of the arguments of a call are embeddings. */
  readonly embeddingArguments = 3;

  constructor({ similarity = new DotProductSimilarity({ normalizeEmbeddings: false }) }: MarginMSELossOptions = {}) {
    super();
    this.similarity = similarity;
  }

  /**
   * Queries `[N, D]`, the positive of each, and its negative, or a list of K columns of negatives. `labels`: the
   * teacher's margins `[N]` or `[N, K]`, or its scores `[N, K + 1]`, that of the positive first.
   */
  override forward(queries: Tensor, positives: Tensor, negatives: Tensor | readonly Tensor[], labels: Tensor): Tensor {
    const others = negatives instanceof Tensor ? [negatives] : [...negatives];
    const named = namedColumns([queries, positives, ...others]);
    const columns = expectColumns('MarginMSELoss', named) as [Tensor, Tensor, ...Tensor[]];
    const [query, positive, ...rest] = columns;
    const rows = query.shape[0] as number;
    const margins = teacherMargins(labels, rows, rest.length).to(query.dtype).detach();
    if (rows === 0) return zeroLoss(columns);
    const ofPositives = similarities(this.similarity, query, positive);
    const found = rest.map((negative) => ofPositives.sub(similarities(this.similarity, query, negative)));
    return stack(found, 1).sub(margins).square().mean();
  }
}

/** Labels as margins `[N, K]`. */
function teacherMargins(labels: Tensor, rows: number, negatives: number): Tensor {
  expectTensor('MarginMSELoss: labels', labels);
  const shape = labels.shape;
  if (negatives > 0 && shape[0] === rows) {
    if (shape.length === 1 && negatives === 1) return labels.unsqueeze(1);
    if (shape.length === 2 && shape[1] === negatives) return labels;
    if (shape.length === 2 && shape[1] === negatives + 1) {
      return labels.narrow(1, 0, 1).sub(labels.narrow(1, 1, negatives));
    }
  }
  const expected = `[${rows}, ${negatives}] or [${rows}, ${negatives + 1}]`;
  throw new ShapeError(`MarginMSELoss: labels must be ${expected}, got [${shape.join(', ')}]`);
}
