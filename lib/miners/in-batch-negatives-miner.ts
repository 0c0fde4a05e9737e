import { expectInteger } from '../arguments.ts';
import { arange } from '../generated/torch.ts';
import type { RelationBlock } from '../relation.ts';
import { hardestFirst } from '../selection/hardest-first.ts';
import type { Tensor } from '../tensor.ts';
import type { Triplets } from '../triplets.ts';
import { BlockMiner, type BlockMinerOptions } from './block-miner.ts';
import type { MinerBatch } from './miner.ts';

export interface InBatchNegativesMinerOptions extends BlockMinerOptions {
  /** How many of each anchor's nearest negatives; `'all'` by default. */
  negativesPerAnchor?: number | 'all';
}

/** The positive of each row: the candidate of the same number, or else the first. */
function ownPositives({ positives }: RelationBlock, begin: number): Tensor {
  const [rows, columns] = positives.shape as [number, number];
  const { device } = positives;
  const same = arange(begin, begin + rows, { device });
  const column = same.clampMax(columns - 1);
  const isAligned = positives.gather(1, column.unsqueeze(1)).squeeze(1).logicalAnd_(same.lt(columns));
  const first = arange(columns, { device }).maskedFill(positives.logicalNot(), columns).amin(1);
  return column.where(isAligned, first);
}

/**
 * Gives each anchor one positive with every other candidate as a negative: rows are questions, and the reference their
 * answers in the same order (the batches of sentence-transformers' `MultipleNegativesRankingLoss`). The positive of row
 * i is candidate i where the labels allow it, or else the first that they allow; what they call a positive is never
 * taken for a negative, so that repeated answers do no harm.
 *
 * @returns the triplets, ordered by anchor; with a number, the nearest negatives first.
 * @throws RangeError for what is no positive integer.
 * @example
 * const miner = new torch.miners.InBatchNegativesMiner({ relativeMargin: 0.05 });
 * const labels = torch.arange(questions.size(0));
 * const call = { reference: answers, referenceLabels: labels };
 * lossFn(questions, labels, { ...call, tuples: miner(questions, labels, call) });
 */
export class InBatchNegativesMiner extends BlockMiner<Triplets> {
  readonly negativesPerAnchor: number | 'all';

  constructor(options: InBatchNegativesMinerOptions = {}) {
    super(options);
    const { negativesPerAnchor = 'all' } = options;
    if (negativesPerAnchor !== 'all') expectInteger('InBatchNegativesMiner: negativesPerAnchor', negativesPerAnchor);
    this.negativesPerAnchor = negativesPerAnchor;
  }

  protected override mine(batch: MinerBatch): Triplets {
    return this.triplets(batch, ({ begin, distances, related }) => {
      const own = ownPositives(related, begin);
      const able = related.positives.any(1, { keepdim: true });
      const candidates = related.negatives.logicalAnd(able);
      if (this.negativesPerAnchor === 'all') {
        const [anchor, negative] = candidates.nonzero().unbind(1) as [Tensor, Tensor];
        return { anchor, positive: own.index([anchor]), negative };
      }
      const { indices, found } = hardestFirst(distances.neg(), candidates, this.negativesPerAnchor);
      const [anchor, rank] = found.nonzero().unbind(1) as [Tensor, Tensor];
      return { anchor, positive: own.index([anchor]), negative: indices.index([anchor, rank]) };
    });
  }
}
