/** What losses of sentence pairs are called with: columns of embeddings, row i of each belonging together. */

import type { Distance } from '../distances/distance.ts';
import { expectEmbeddings, expectTensor, widened } from '../embeddings.ts';
import { DTypeError, ShapeError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';

/** Checks columns, each `[N, D]` of one floating dtype; gives them back, float32 where half precision was given. */
export function expectColumns(where: string, columns: Readonly<Record<string, Tensor>>): Tensor[] {
  let first: { name: string; column: Tensor } | undefined;
  for (const [name, column] of Object.entries(columns)) {
    expectEmbeddings(`${where}: ${name}`, column);
    first ??= { name, column };
    const [expected, got] = [first.column.shape.join(', '), column.shape.join(', ')];
    if (expected !== got) {
      throw new ShapeError(`${where}: ${name} must be [${expected}] like ${first.name}, got [${got}]`);
    }
    if (column.dtype !== first.column.dtype) {
      throw new DTypeError(`${where}: ${name} must be ${first.column.dtype} like ${first.name}, got ${column.dtype}`);
    }
  }
  return Object.values(columns).map(widened);
}

/** Names for anchors, positives and any number of negatives. */
export function namedColumns(columns: readonly Tensor[]): Record<string, Tensor> {
  const [anchors, positives, ...negatives] = columns as [Tensor, Tensor, ...Tensor[]];
  const name = (i: number) => (negatives.length === 1 ? 'negatives' : `negatives ${i}`);
  return { anchors, positives, ...Object.fromEntries(negatives.map((column, i) => [name(i), column])) };
}

/** Checks one score or label for each row, `[N]`, that is no complex number. */
export function expectScores(where: string, scores: Tensor, rows: number): void {
  expectTensor(where, scores);
  const shape = scores.shape;
  if (shape.length !== 1 || shape[0] !== rows) {
    throw new ShapeError(`${where} must be [${rows}], got [${shape.join(', ')}]`);
  }
}

/** Similarities, where large is near, whichever way a distance points. */
export function similarityMatrix(distance: Distance, rows: Tensor, columns: Tensor): Tensor {
  return distance.ascending(distance.matrix(rows, columns)).neg();
}

/** The same row by row, `[N]`. */
export function similarities(distance: Distance, rows: Tensor, others: Tensor): Tensor {
  return distance.ascending(distance.pairwise(rows, others)).neg();
}

/** The loss of no rows: 0, with gradient 0. */
export function zeroLoss(columns: readonly Tensor[]): Tensor {
  return columns.reduce((sum, column) => sum.add(column.sum()), (columns[0] as Tensor).sum()).mul(0);
}
