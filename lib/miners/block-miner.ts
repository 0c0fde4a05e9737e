/** The base of miners that look at a block of rows at a time. */

import { expectInteger } from '../arguments.ts';
import type { Distance } from '../distances/distance.ts';
import { cat, empty } from '../generated/torch.ts';
import type { Pairs, Tuples } from '../pairs.ts';
import { pairsWhere } from '../pairs.ts';
import type { RelationBlock } from '../relation.ts';
import { rowBlocks, rowsPerBlock } from '../row-blocks.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import type { Triplets } from '../triplets.ts';
import { Miner, type MinerBatch } from './miner.ts';
import {
  type NegativeFilter,
  type NegativeFilterOptions,
  negativeFilter,
  withoutSuspicious,
} from './negative-filter.ts';
import { joinPairs, joinTriplets } from './tuple-blocks.ts';

/** What every miner of blocks can be told. */
export interface BlockMinerOptions extends NegativeFilterOptions {
  distance?: Distance;
  /** How many rows are compared with all candidates at a time; by default as many as make 4 million distances. */
  rowsPerBlock?: number;
}

/** Some rows of a batch with all their candidates. */
export interface RowBlock {
  /** The first row. */
  readonly begin: number;
  /** `[R, M]`, small being near. */
  readonly distances: Tensor;
  /** Without the negatives that the filters leave out. */
  readonly related: RelationBlock;
}

/** Pairs of a block of rows as those of all rows. */
function countedFrom(begin: number, pairs: Pairs): Pairs {
  const { positiveAnchor, negativeAnchor } = pairs;
  return { ...pairs, positiveAnchor: positiveAnchor.add(begin), negativeAnchor: negativeAnchor.add(begin) };
}

/**
 * A miner whose choice for a row depends on that row's candidates alone, so that the distances of all rows need not be
 * held at once. It leaves suspicious negatives out first (`absoluteMargin`, `relativeMargin`, `trim`).
 */
export abstract class BlockMiner<Mined extends Tuples = Tuples> extends Miner<Mined> {
  readonly absoluteMargin: number | null;
  readonly relativeMargin: number | null;
  readonly trim: number;
  readonly rowsPerBlock: number | null;

  constructor(options: BlockMinerOptions, defaultDistance?: () => Distance) {
    super(options.distance ?? defaultDistance?.());
    const where = new.target.name;
    const { absoluteMargin, relativeMargin, trim }: NegativeFilter = negativeFilter(where, options);
    const { rowsPerBlock = null } = options;
    if (rowsPerBlock !== null) expectInteger(`${where}: rowsPerBlock`, rowsPerBlock);
    this.absoluteMargin = absoluteMargin;
    this.relativeMargin = relativeMargin;
    this.trim = trim;
    this.rowsPerBlock = rowsPerBlock;
  }

  /** Whether it leaves no negatives out. */
  protected get unfiltered(): boolean {
    return this.absoluteMargin === null && this.relativeMargin === null && this.trim === 0;
  }

  /** What `body` returns of each block; there are none where there are no rows, or no candidates. */
  protected blocks<T>({ embeddings, reference, relation }: MinerBatch, body: (block: RowBlock) => T): T[] {
    const { rows, columns } = relation;
    if (columns === 0) return [];
    return rowBlocks(rows, this.rowsPerBlock ?? rowsPerBlock(columns)).map(([begin, length]) =>
      scope(() => {
        const queries = length === rows ? embeddings : embeddings.narrow(0, begin, length);
        const distances = this.distance.ascending(this.distance.matrix(queries, reference));
        return body({ begin, distances, related: withoutSuspicious(distances, relation.block(begin, length), this) });
      }),
    );
  }

  /** The triplets that `choose` picks, whose anchors it counts from the block's first row. */
  protected triplets(batch: MinerBatch, choose: (block: RowBlock) => Triplets): Triplets {
    const blocks = this.blocks(batch, (block) => {
      const triplets = choose(block);
      return { ...triplets, anchor: triplets.anchor.add(block.begin) };
    });
    return joinTriplets(blocks, batch.embeddings.device);
  }

  /** The pairs that `choose` picks, whose anchors it counts from the block's first row. */
  protected pairs(batch: MinerBatch, choose: (block: RowBlock) => Pairs): Pairs {
    const blocks = this.blocks(batch, (block) => countedFrom(block.begin, choose(block)));
    return joinPairs(blocks, batch.embeddings.device);
  }

  /** The same, all pairs by default, with their distances: `[P]` of positives, `[Q]` of negatives. */
  protected measuredPairs(
    batch: MinerBatch,
    choose = ({ related }: RowBlock): Pairs => pairsWhere(related),
  ): { pairs: Pairs; positives: Tensor; negatives: Tensor } {
    const { device, dtype } = batch.embeddings;
    const found = this.blocks(batch, (block) => {
      const chosen = choose(block);
      return {
        pairs: countedFrom(block.begin, chosen),
        positives: block.distances.index([chosen.positiveAnchor, chosen.positive]),
        negatives: block.distances.index([chosen.negativeAnchor, chosen.negative]),
      };
    });
    const none = empty([0], { device, dtype });
    const values = (of: 'positives' | 'negatives') => cat([none, ...found.map((block) => block[of])]);
    const pairs = joinPairs(
      found.map((block) => block.pairs),
      device,
    );
    return { pairs, positives: values('positives'), negatives: values('negatives') };
  }
}
