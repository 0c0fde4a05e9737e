/** The nearest rows of a reference set, exactly. */

import { noGrad } from '../autograd/modes.ts';
import type { Distance } from '../distances/distance.ts';
import { LpDistance } from '../distances/lp-distance.ts';
import { widened } from '../embeddings.ts';
import { describeValue } from '../errors.ts';
import { cat } from '../generated/torch.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { expectSearchable, searchNearest } from './nearest-search.ts';

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

/**
 * The nearest rows of reference `[M, D]` to each row of query `[N, D]`, exactly: as if all distances were computed and
 * sorted. Those of Euclidean float32 on the CPU are computed in float64 and rounded once. Of equally near rows the one with the lower number comes first. A query is told from
 * itself by its row, not by a distance of 0, so duplicates are found. Distances are computed in blocks of queries and
 * references and never held whole; with Euclidean distance and few neighbours a matrix product chooses the candidates.
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
  expectSearchable('nearestNeighbors', query, reference, refIncludesQuery);
  if (k !== null && (!Number.isSafeInteger(k) || k < 1)) {
    throw new RangeError(`nearestNeighbors: k must be a positive integer or null, got ${describeValue(k)}`);
  }
  const references = reference.shape[0] as number;
  const available = refIncludesQuery ? Math.max(0, references - 1) : references;
  const kept = Math.min(k ?? available, available);
  return noGrad(() =>
    scope(() => {
      const options = { distance, count: kept, withoutSelf: refIncludesQuery };
      const blocks = searchNearest(widened(query), widened(reference), options, (_begin, nearest) => nearest);
      if (blocks.length === 1) return { distances: blocks[0]!.values, indices: blocks[0]!.indices };
      const distances = blocks.map(({ values }) => values);
      const indices = blocks.map((each) => each.indices);
      return { distances: cat(distances), indices: cat(indices) };
    }),
  );
}
