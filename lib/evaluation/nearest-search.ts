/** Nearest rows in blocks of queries and of references, so that a million references need no large matrix. */

import type { Distance } from '../distances/distance.ts';
import { expectEmbeddings } from '../embeddings.ts';
import { ShapeError } from '../errors.ts';
import { arange } from '../generated/torch.ts';
import { rowsPerBlock } from '../row-blocks.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { NearestKernel } from './nearest-kernel.ts';
import { mergeNearest, type Nearest } from './nearest-merge.ts';
import { NearestShortlist } from './nearest-shortlist.ts';

// Wide enough for a matrix product to be at its best.
const referenceRows = 8192;
const queryRows = 1024;

/** Checks query `[N, D]` and reference `[M, D]`, which begins with the query where it includes it. */
export function expectSearchable(where: string, query: Tensor, reference: Tensor, refIncludesQuery: boolean): void {
  expectEmbeddings(`${where}: query`, query);
  expectEmbeddings(`${where}: reference`, reference);
  const [queries, dimensions] = query.shape as [number, number];
  const [references, referenceDimensions] = reference.shape as [number, number];
  if (dimensions !== referenceDimensions) {
    throw new ShapeError(`${where}: reference must be [M, ${dimensions}], got [${reference.shape.join(', ')}]`);
  }
  if (refIncludesQuery && references < queries) {
    throw new ShapeError(`${where}: a reference of ${references} rows cannot include ${queries} queries`);
  }
}

export interface SearchOptions {
  readonly distance: Distance;
  /** How many neighbours of each query; no more than there are. */
  readonly count: number;
  /** Row i of the reference is row i of the query, which is then no neighbour of itself. */
  readonly withoutSelf: boolean;
}

/**
 * Calls `visit` with each block of queries: its first row, the distances and the numbers of its nearest references. Gives
 * what `visit` returned; the block's other tensors are freed.
 */
export function searchNearest<T>(
  query: Tensor,
  reference: Tensor,
  { distance, count, withoutSelf }: SearchOptions,
  visit: (begin: number, nearest: Nearest) => T,
): T[] {
  const [queries, references] = [query.shape[0] as number, reference.shape[0] as number];
  // The query itself is found among its neighbours, and then taken out.
  const sought = Math.min(references, withoutSelf ? count + 1 : count);
  const columns = Math.max(
    1,
    Math.min(references, sought * 8 >= references ? references : Math.max(referenceRows, sought * 8)),
  );
  const rows = Math.min(queryRows, rowsPerBlock(columns));
  const stream = (measure: (begin: number, length: number) => Tensor, most: number): Nearest => {
    let best: Nearest | null = null;
    for (let begin = 0; begin === 0 || begin < references; begin += columns) {
      const earlier: Nearest | null = best;
      best = scope(() => mergeNearest(earlier, measure(begin, Math.min(columns, references - begin)), begin, most));
      if (earlier !== null) for (const tensor of [earlier.values, earlier.indices]) tensor.dispose();
    }
    return best as Nearest;
  };
  return scope(() => {
    const results: T[] = [];
    const exactly = (some: Tensor) =>
      stream((begin, length) => distance.ascending(distance.matrix(some, reference.narrow(0, begin, length))), sought);
    const kernel = NearestKernel.for(distance, query, reference, withoutSelf ? count : sought);
    const shortlist = kernel === null ? NearestShortlist.for(distance, reference, sought) : null;
    for (let begin = 0; begin === 0 || begin < queries; begin += rows) {
      const visitBlock = () => {
        const block = query.narrow(0, begin, Math.min(rows, queries - begin));
        if (kernel !== null) return visit(begin, kernel.nearest(block, withoutSelf ? begin : null));
        let nearest = shortlist === null ? exactly(block) : shortlist.nearest(block, stream, exactly);
        if (withoutSelf) nearest = withoutRows(nearest, begin, count);
        return visit(begin, { values: distance.ascending(nearest.values), indices: nearest.indices });
      };
      results.push(scope(visitBlock));
    }
    return results;
  });
}

/** The first `count` of each row that are not the row itself, whose number is `begin` for the first. */
function withoutRows({ values, indices }: Nearest, begin: number, count: number): Nearest {
  const rows = indices.shape[0] as number;
  const others = indices.ne(arange(begin, begin + rows, { device: indices.device }).unsqueeze(1));
  const kept = others.logicalAnd(others.cumsum(1).le(count));
  const select = (from: Tensor) => from.maskedSelect(kept).view([rows, count]);
  return { values: select(values), indices: select(indices) };
}
