import { expectOneOf } from '../arguments.ts';
import { noGrad } from '../autograd/modes.ts';
import { LpDistance } from '../distances/lp-distance.ts';
import { arange, where } from '../generated/torch.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import type { PairMasks } from '../relation.ts';
import { scope } from '../scope.ts';
import { type Choice, farthestOf, nearestOf } from '../selection/easy-hard.ts';
import type { Tensor } from '../tensor.ts';
import type { LossBatch } from './loss-batch.ts';
import { MetricLoss, type MetricLossOptions } from './metric-loss.ts';

/** What an anchor without a positive or a negative counts: see `BatchHardTripletLoss`. */
export type BatchHardDefinition = 'pml' | 'sentence-transformers';

const definitions: readonly BatchHardDefinition[] = ['pml', 'sentence-transformers'];

/** What the batch-hard losses have in common. */
export interface BatchHardOptions extends MetricLossOptions {
  /** `'pml'` by default: anchors without a positive or a negative are left out. */
  definition?: BatchHardDefinition;
}

interface HardestPairs {
  readonly positive: Choice;
  readonly negative: Choice;
}

/** Among distances `[N, M]`, M > 0, where small is near: the farthest positive and the nearest negative of each row. */
function hardestPairs(distances: Tensor, { positives, negatives }: PairMasks): HardestPairs {
  return noGrad(() =>
    scope(() => ({ positive: farthestOf(distances, positives), negative: nearestOf(distances, negatives) })),
  );
}

/** The hardest triplet of each anchor; a subclass says what it costs. */
export abstract class BatchHardLoss extends MetricLoss {
  readonly definition: BatchHardDefinition;

  constructor(where: string, options: BatchHardOptions) {
    super(options, { distance: () => new LpDistance({ normalizeEmbeddings: false }) });
    const { definition = 'pml' } = options;
    expectOneOf(`${where}: definition`, definition, definitions);
    this.definition = definition;
  }

  /** What a triplet costs by `d(a, n) - d(a, p)`. */
  protected abstract cost(gap: Tensor): Tensor;

  protected override parts(batch: LossBatch): readonly UnreducedLoss[] {
    if (batch.rows === 0 || batch.columns === 0) return [];
    const distances = this.distance.matrix(batch.embeddings, batch.reference);
    const hardest = hardestPairs(this.distance.ascending(distances.detach()), batch.masks);
    return [this.definition === 'pml' ? this.ofTriplets(distances, hardest) : this.ofAll(batch, distances, hardest)];
  }

  /** Of the anchors that have both. */
  private ofTriplets(distances: Tensor, hardest: HardestPairs): UnreducedLoss {
    const anchor = hardest.positive.found.logicalAnd(hardest.negative.found).nonzero().squeeze(1);
    const positive = hardest.positive.indices.index([anchor]);
    const negative = hardest.negative.indices.index([anchor]);
    const gaps = this.distance.margin(distances.index([anchor, positive]), distances.index([anchor, negative]));
    return { kind: 'triplet', values: this.cost(gaps), indices: { anchor, positive, negative } };
  }

  /** Of every row: one without a positive is its own, one without a negative has the farthest candidate as such. */
  private ofAll(batch: LossBatch, distances: Tensor, { positive, negative }: HardestPairs): UnreducedLoss {
    const anchor = arange(batch.rows, { device: distances.device });
    const own = this.distance.pairwise(batch.embeddings, batch.embeddings).detach();
    const farthest = this.distance.ascending(distances.detach()).argmax(1);
    const near = where(positive.found, distances.index([anchor, positive.indices]), own);
    const far = distances.index([anchor, where(negative.found, negative.indices, farthest)]);
    return { kind: 'element', values: this.cost(this.distance.margin(near, far)), indices: anchor };
  }
}
