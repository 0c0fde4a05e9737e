/** The nearest rows of a reference set, exactly. */

import { noGrad } from '../autograd/modes.ts';
import type { Distance } from '../distances/distance.ts';
import { LpDistance } from '../distances/lp-distance.ts';
import { expectEmbeddings } from '../embeddings.ts';
import { describeValue, ShapeError } from '../errors.ts';
import { arange, cat } from '../generated/torch.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';

export interface NearestNeighborsOptions {
  /** How many neighbours of each query; all there are when not given, and never more. */
  k?: number | null;
  /** Row i of the reference is row i of the query, which is then no neighbour of itself. */
  refIncludesQuery?: boolean;
  /** Euclidean between the embeddings as they are by default. */
  distance?: Distance;
}

export interface NearestNeighbors {
  /** Nearest first, in the distance's unit, `[N, k]`. */
  distances: Tensor;
  /** Rows of the reference, int64 `[N, k]`. */
  indices: Tensor;
}

// One block of the distance matrix holds at most so many elements: 16 MB of float32.
const blockElements = 1 << 22;

/**
 * The nearest rows of reference `[M, D]` to each row of query `[N, D]`, by brute force, a block of queries at a time. Of
 * equally near rows the one with the lower number comes first. A query is told from itself by its row, not by a distance
 * of 0, so duplicates are found.
 *
 * @throws ShapeError if the sets have different dimensions, or the reference cannot include the query; RangeError for k < 1.
 * @example
 * const { indices } = torch.evaluation.nearestNeighbors(x, x, { k: 5, refIncludesQuery: true });
 */
export function nearestNeighbors(
  query: Tensor,
  reference: Tensor,
  {
    k = null,
    refIncludesQuery = false,
    distance = new LpDistance({ normalizeEmbeddings: false }),
  }: NearestNeighborsOptions = {},
): NearestNeighbors {
  expectEmbeddings('nearestNeighbors: query', query);
  expectEmbeddings('nearestNeighbors: reference', reference);
  const [queries = 0, dimensions] = query.shape;
  const [references = 0, referenceDimensions] = reference.shape;
  if (dimensions !== referenceDimensions) {
    throw new ShapeError(`nearestNeighbors: reference must be [M, ${dimensions}], got [${reference.shape.join(', ')}]`);
  }
  if (refIncludesQuery && references < queries) {
    throw new ShapeError(`nearestNeighbors: a reference of ${references} rows cannot include ${queries} queries`);
  }
  if (k !== null && (!Number.isSafeInteger(k) || k < 1)) {
    throw new RangeError(`nearestNeighbors: k must be a positive integer or null, got ${describeValue(k)}`);
  }
  const available = refIncludesQuery ? Math.max(0, references - 1) : references;
  const kept = Math.min(k ?? available, available);
  const rows = Math.max(1, Math.floor(blockElements / Math.max(1, references)));
  const block = (begin: number): NearestNeighbors => {
    const length = Math.min(rows, queries - begin);
    let { values, indices } = distance.sort(distance.matrix(query.narrow(0, begin, length), reference));
    if (refIncludesQuery) {
      const self = arange(begin, begin + length, { device: query.device }).unsqueeze(1);
      const others = indices.ne(self);
      values = values.maskedSelect(others).view([length, available]);
      indices = indices.maskedSelect(others).view([length, available]);
    }
    return { distances: values.narrow(1, 0, kept).clone(), indices: indices.narrow(1, 0, kept).clone() };
  };
  return noGrad(() =>
    scope(() => {
      const blocks: NearestNeighbors[] = [];
      for (let begin = 0; begin === 0 || begin < queries; begin += rows) blocks.push(scope(() => block(begin)));
      if (blocks.length === 1) return blocks[0] as NearestNeighbors;
      return { distances: cat(blocks.map((each) => each.distances)), indices: cat(blocks.map((each) => each.indices)) };
    }),
  );
}
