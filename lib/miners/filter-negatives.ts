import { noGrad } from '../autograd/modes.ts';
import type { Distance } from '../distances/distance.ts';
import { ones } from '../generated/torch.ts';
import type { Pairs } from '../pairs.ts';
import { type Labels, Relation } from '../relation.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { BlockMiner } from './block-miner.ts';
import type { MinerBatch, MinerCall } from './miner.ts';
import type { NegativeFilterOptions } from './negative-filter.ts';

export interface FilterNegativesOptions extends NegativeFilterOptions, MinerCall {
  /** Euclidean between normalised embeddings by default. */
  distance?: Distance;
}

/** The negatives that the filters leave out, in place of those that they leave. */
class SuspiciousNegatives extends BlockMiner<Pairs> {
  // What errors call it.
  static override readonly name = 'filterNegatives';

  protected override mine(batch: MinerBatch): Pairs {
    return this.pairs(batch, ({ begin, distances, related }) => {
      const all = batch.relation.block(begin, distances.shape[0]).negatives;
      const [anchor, negative] = all.logicalAnd(related.negatives.logicalNot()).nonzero().unbind(1) as [Tensor, Tensor];
      return { positiveAnchor: anchor, positive: negative, negativeAnchor: anchor, negative };
    });
  }
}

/**
 * The relation that labels mean, without suspicious negatives: for losses and miners that have no filter of their own. The
 * embeddings may be those of another model, a guide that knows better which negatives are none (the filter of
 * sentence-transformers' `GISTEmbedLoss`). Holds a bool `[N, M]`.
 *
 * @param labels int64 `[N]`, or a `Relation`.
 * @returns a relation of the same rows and candidates.
 * @throws TypeError, RangeError for options that are none; ShapeError, DTypeError as a miner does.
 * @example
 * const relation = torch.miners.filterNegatives(guide(x), labels, { relativeMargin: 0.05 });
 * lossFn(model(x), relation);
 */
export function filterNegatives(embeddings: Tensor, labels: Labels, options: FilterNegativesOptions = {}): Relation {
  const { reference, referenceLabels, ...filter } = options;
  return noGrad(() => {
    const kept = scope(() => {
      const call = {
        ...(reference === undefined ? {} : { reference }),
        ...(referenceLabels === undefined ? {} : { referenceLabels }),
      };
      const { negativeAnchor, negative } = new SuspiciousNegatives(filter)(embeddings, labels, call);
      const shape = [embeddings.size(0), (reference ?? embeddings).size(0)];
      return ones(shape, { dtype: 'bool', device: embeddings.device }).indexPut_([negativeAnchor, negative], false);
    });
    if (labels instanceof Relation) return labels.where(kept);
    return Relation.ofLabels(labels, referenceLabels).where(kept);
  });
}
