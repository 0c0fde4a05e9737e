import { expectNumber } from '../arguments.ts';
import { normalizeRows } from '../distances/normalize.ts';
import { cdist } from '../generated/torch.ts';
import { type Triplets, tripletsWhere } from '../triplets.ts';
import { BlockMiner, type BlockMinerOptions } from './block-miner.ts';
import { expectEuclidean } from './euclidean.ts';
import type { MinerBatch } from './miner.ts';

export interface AngularMinerOptions extends BlockMinerOptions {
  /** In degrees; 20 by default. */
  angle?: number;
}

const withoutMatrixProduct = 2;

/**
 * Picks triplets whose angle at the negative is wide: `atan(||a - p|| / (2 ||n - c||)) > angle`, with `c = (a + p) / 2`
 * (pytorch-metric-learning's `AngularMiner`; Wang et al. 2017, "Deep Metric Learning with Angular Loss"). The points
 * are those that the distance compares: normalised by default, as in the loss, where pytorch-metric-learning takes them
 * as they are; that is `new LpDistance({ normalizeEmbeddings: false })`.
 *
 * @returns the triplets, ordered by anchor, positive, negative.
 * @throws TypeError for another distance than the Euclidean one.
 * @example
 * const triplets = new torch.miners.AngularMiner({ angle: 25 })(embeddings, labels);
 */
export class AngularMiner extends BlockMiner<Triplets> {
  readonly angle: number;

  constructor(options: AngularMinerOptions = {}) {
    super(options);
    const { angle = 20 } = options;
    expectEuclidean('AngularMiner', this.distance, false);
    expectNumber('AngularMiner: angle', angle);
    this.angle = angle;
  }

  protected override mine(batch: MinerBatch): Triplets {
    const { normalizeEmbeddings } = expectEuclidean('AngularMiner', this.distance, false);
    const normalized = (x: MinerBatch['embeddings']) => (normalizeEmbeddings ? normalizeRows(x, 2) : x);
    const candidates = normalized(batch.reference);
    const rows = batch.reference === batch.embeddings ? candidates : normalized(batch.embeddings);
    const threshold = (this.angle * Math.PI) / 180;
    return this.triplets(batch, ({ begin, distances, related }) =>
      tripletsWhere(related, (anchor, positive, possible) => {
        const centers = rows
          .index([anchor.add(begin)])
          .add(candidates.index([positive]))
          .div(2);
        const apart = distances.index([anchor, positive]).unsqueeze(1);
        const ratios = apart.div(cdist(centers, candidates, 2, withoutMatrixProduct).mul(2));
        // Points that are all one have no angle.
        const angles = ratios.maskedFill(apart.eq(0), 0).atan();
        return angles.le(threshold).logicalNot_().logicalAnd_(possible);
      }),
    );
  }
}
