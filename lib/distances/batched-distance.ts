import { expectInteger } from '../arguments.ts';
import { describeValue } from '../errors.ts';
import { cat } from '../generated/torch.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { Distance } from './distance.ts';

export interface BatchedDistanceOptions {
  /** The distance whose matrix is made a block at a time. */
  distance: Distance;
  /** How many rows a block has; 32 by default. */
  batchSize?: number;
}

/**
 * A distance whose matrix `[N, M]` is visited by blocks of rows `[batchSize, M]`, so that a large one is never held whole
 * (pytorch-metric-learning's `BatchedDistance`, whose `iter_fn` is `visit` here). Otherwise it is the distance that it
 * wraps.
 *
 * @throws TypeError without a distance, RangeError for a batch size that is no positive integer.
 * @example
 * const batched = new torch.distances.BatchedDistance({ distance: new torch.distances.LpDistance(), batchSize: 1024 });
 * const nearest = torch.cat(batched.forEachBlock(queries, (block) => block.argmin(1), documents));
 */
export class BatchedDistance extends Distance {
  readonly distance: Distance;
  readonly batchSize: number;

  constructor({ distance, batchSize = 32 }: BatchedDistanceOptions) {
    super();
    if (!(distance instanceof Distance)) {
      throw new TypeError(`BatchedDistance: distance must be a Distance, got ${describeValue(distance)}`);
    }
    this.distance = distance;
    this.batchSize = expectInteger('BatchedDistance: batchSize', batchSize);
  }

  /**
   * Calls `visit` with each block and the rows `begin` to `end`, the end excluded, that it is of. What a visit makes is
   * freed after it, but for what it returns.
   *
   * @param query `[N, D]`
   * @param reference `[M, D]`; the query by default.
   * @returns what the visits returned, in order.
   */
  forEachBlock<T>(
    query: Tensor,
    visit: (block: Tensor, begin: number, end: number) => T,
    reference: Tensor = query,
  ): T[] {
    const rows = query.shape[0] as number;
    const returned: T[] = [];
    for (let begin = 0; begin < rows; begin += this.batchSize) {
      const end = Math.min(rows, begin + this.batchSize);
      returned.push(
        scope(() => visit(this.distance.matrix(query.narrow(0, begin, end - begin), reference), begin, end)) as T,
      );
    }
    return returned;
  }

  override matrix(query: Tensor, reference: Tensor = query): Tensor {
    if (query.shape[0] === 0) return this.distance.matrix(query, reference);
    return cat(this.forEachBlock(query, (block) => block, reference));
  }

  override pairwise(query: Tensor, reference: Tensor): Tensor {
    return this.distance.pairwise(query, reference);
  }

  override get farthest(): number {
    return this.distance.farthest;
  }

  override ascending(values: Tensor): Tensor {
    return this.distance.ascending(values);
  }

  override margin(positive: Tensor | number, negative: Tensor | number): Tensor {
    return this.distance.margin(positive, negative);
  }

  override sort(values: Tensor): { values: Tensor; indices: Tensor } {
    return this.distance.sort(values);
  }
}
