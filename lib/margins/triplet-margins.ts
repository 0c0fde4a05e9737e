/** By how much nearer positives are than negatives, over every triplet of a batch. */

import { expectInteger } from '../arguments.ts';
import { noGrad } from '../autograd/modes.ts';
import type { Distance } from '../distances/distance.ts';
import { LpDistance } from '../distances/lp-distance.ts';
import { describeValue } from '../errors.ts';
import { cat } from '../generated/torch.ts';
import { LossBatch, type LossCall } from '../losses/loss-batch.ts';
import { composedTripletHinge, tripletHinge } from '../losses/triplet-hinge.ts';
import type { Labels, Relation } from '../relation.ts';
import { rowBlocks, rowsPerBlock } from '../row-blocks.ts';
import { scope } from '../scope.ts';
import type { TripletCounts } from '../selection/margin-triplets.ts';
import type { Tensor } from '../tensor.ts';

export interface TripletMarginsOptions extends Pick<LossCall, 'reference' | 'referenceLabels'> {
  /** Euclidean between normalised embeddings by default. */
  distance?: Distance;
}

/** How many values lie between edges: `counts[i]` from `edges[i]` to below `edges[i + 1]`. */
export interface Histogram {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

// One block of anchors times candidates, and all blocks that are kept: 4 MB and 64 MB of float32.
const blockElements = 1 << 20;
const keptElements = 1 << 24;

interface Block {
  /** `[R, M]`, small is near. */
  readonly distances: Tensor;
  readonly positives: Tensor;
  readonly negatives: Tensor;
}

const sumOf = (tensor: Tensor) => tensor.sum(0).tolist() as number[];

/**
 * The margins `g = d(a, n) - d(a, p)` of every triplet of a batch (for similarities `s(a, p) - s(a, n)`), of which there are
 * too many to list: their counts, histogram and quantiles, all exact. A triplet violates a margin m where `g < m`, that is,
 * where its hinge is greater than 0.
 *
 * Each question takes O(N² log N) time. Distances are held where they take less than 64 MB, and computed anew otherwise; they
 * belong to the scope that it is made in.
 *
 * @example
 * const margins = new torch.margins.TripletMargins(embeddings, labels);
 * margins.rate(0.2); // the share of all triplets that a margin of 0.2 finds fault with
 * margins.quantile(0.5); // the margin that half of them violate
 */
export class TripletMargins {
  readonly distance: Distance;
  /** How many triplets there are. */
  readonly total: number;
  readonly #embeddings: Tensor;
  readonly #reference: Tensor;
  readonly #relation: Relation;
  readonly #kept: readonly Block[] | null;

  constructor(embeddings: Tensor, labels: Labels, options: TripletMarginsOptions = {}) {
    const { distance = new LpDistance(), reference, referenceLabels } = options;
    const call = reference === undefined ? {} : { reference, referenceLabels };
    const batch = new LossBatch('TripletMargins', embeddings, labels, call as LossCall);
    this.distance = distance;
    this.#embeddings = batch.embeddings.detach();
    this.#reference = batch.isSelf ? this.#embeddings : batch.reference.detach();
    this.#relation = batch.relation;
    const small = batch.rows * batch.columns <= keptElements;
    this.#kept = small ? this.#blocks.map((at) => this.#block(...at)) : null;
    this.total = this.#counts(0)[0];
  }

  get #blocks(): [begin: number, length: number][] {
    return rowBlocks(this.#relation.rows, rowsPerBlock(this.#relation.columns, blockElements));
  }

  #block(begin: number, length: number): Block {
    return noGrad(() =>
      scope(() => {
        const distances = this.distance.matrix(this.#embeddings.narrow(0, begin, length), this.#reference);
        const { positives, negatives } = this.#relation.block(begin, length);
        return { distances: this.distance.ascending(distances).clone(), positives, negatives };
      }),
    );
  }

  /** Visits all blocks, one at a time. */
  #each<T>(visit: (block: Block) => T): T[] {
    return noGrad(() => {
      if (this.#kept !== null) return this.#kept.map((block) => scope(() => visit(block)));
      return this.#blocks.map((at) => scope(() => visit(this.#block(...at))));
    });
  }

  #hinge({ distances, positives, negatives }: Block, margin: number): Tensor {
    if (!Number.isFinite(margin)) {
      throw new RangeError(`TripletMargins: margin must be a finite number, got ${describeValue(margin)}`);
    }
    const kernel = distances.device === 'cpu' ? tripletHinge : composedTripletHinge;
    const options = { margin, power: 1, activeAtKink: false, withGradient: false } as const;
    return kernel(distances, positives, negatives, options).counts;
  }

  /** All triplets, those with `g <= 0`, those with `g < margin`. */
  #counts(margin: number): [total: number, hard: number, active: number] {
    const sums: [number, number, number] = [0, 0, 0];
    for (const counts of this.#each((block) => sumOf(this.#hinge(block, margin)))) {
      for (const [i, count] of counts.entries()) sums[i] = (sums[i] ?? 0) + count;
    }
    return sums;
  }

  /** How many triplets are easy `g >= margin`, semi-hard `0 < g < margin`, and hard `g <= 0`, violating the margin. */
  counts(margin: number): TripletCounts {
    const [total, hard, active] = this.#counts(margin);
    // Below 0, a margin lets some through that are hard.
    const wrong = Math.min(hard, active);
    return { total, easy: total - active, semihard: active - wrong, hard: wrong };
  }

  /** For each anchor how many triplets it has, and how many of them violate the margin: int64 `[N, 2]`. */
  countsByAnchor(margin: number): Tensor {
    return scope(() => {
      const blocks = this.#each((block) => this.#hinge(block, margin).narrow(1, 0, 3).clone());
      const all = blocks.length === 1 ? (blocks[0] as Tensor) : cat(blocks);
      return cat([all.narrow(1, 0, 1), all.narrow(1, 2, 1)], 1);
    });
  }

  /** The share of triplets that violate a margin, from 0 to 1; NaN where there are no triplets. */
  rate(margin: number): number {
    return this.#counts(margin)[2] / this.total;
  }

  /** From the least to the greatest value that g can have. */
  range(): [least: number, greatest: number] {
    const ends = this.#each(({ distances, positives, negatives }) => {
      const related = positives.logicalOr(negatives);
      const of = distances.index([related]);
      return of.numel() === 0 ? [] : [of.min().item() as number, of.max().item() as number];
    }).flat();
    if (ends.length === 0) return [NaN, NaN];
    const spread = ends.reduce((a, b) => Math.max(a, b)) - ends.reduce((a, b) => Math.min(a, b));
    return [-spread, spread];
  }

  /**
   * How many triplets have a g between edges, exactly; those beyond the first and the last edge are in none.
   *
   * @param edges ascending; or how many bins of one width the whole range is divided into.
   */
  histogram(edges: number | readonly number[] = 20): Histogram {
    const ends = typeof edges === 'number' ? this.#edges(edges) : edges;
    const below = ends.map((edge) => this.#counts(edge)[2]);
    return { edges: ends, counts: below.slice(1).map((count, i) => count - (below[i] as number)) };
  }

  #edges(bins: number): number[] {
    expectInteger('TripletMargins: edges', bins);
    const [least, greatest] = this.range();
    if (this.total === 0) return Array.from({ length: bins + 1 }, (_, i) => i / bins);
    // The last bin has the greatest value in it.
    const end = greatest + Math.max(greatest, 1e-6) * 1e-6;
    return Array.from({ length: bins + 1 }, (_, i) => least + ((end - least) * i) / bins);
  }

  /** A margin as distances are compared with it. */
  #rounded(margin: number): number {
    return this.#embeddings.dtype === 'float64' ? margin : Math.fround(margin);
  }

  /**
   * The margin that a share of all triplets violates, found by bisection over exact counts. Where several triplets have one
   * g no margin may split them, and the margin is the one that comes nearest.
   *
   * @param rate from 0 to 1.
   * @returns NaN where there are no triplets.
   * @throws RangeError for a share that is none.
   */
  quantile(rate: number): number {
    if (!(rate >= 0 && rate <= 1)) {
      throw new RangeError(`TripletMargins: rate must be from 0 to 1, got ${describeValue(rate)}`);
    }
    const [least, greatest] = this.range();
    if (this.total === 0 || !Number.isFinite(greatest)) return NaN;
    const wanted = Math.round(rate * this.total);
    let [low, high] = [least, greatest + Math.max(greatest, 1e-6) * 1e-6];
    let [atLow, atHigh] = [0, this.total];
    // A line through the ends lands near, and halves where it does not: counts are steps.
    let halve = false;
    for (let i = 0; i < 160; i++) {
      if (atLow === wanted) return low;
      if (atHigh === wanted) return high;
      const width = high - low;
      const middle = low + width * (halve ? 0.5 : (wanted - atLow + 0.5) / (atHigh - atLow + 1));
      if (!(this.#rounded(low) < this.#rounded(middle) && this.#rounded(middle) < this.#rounded(high))) {
        if (halve) break;
        halve = true;
        continue;
      }
      const count = this.#counts(middle)[2];
      if (count <= wanted) [low, atLow] = [middle, count];
      else [high, atHigh] = [middle, count];
      halve = !halve && high - low > width / 2;
    }
    return wanted - atLow <= atHigh - wanted ? low : high;
  }
}
