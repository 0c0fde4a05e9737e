import { ShapeError } from '../errors.ts';
import { arange } from '../generated/torch.ts';
import type { Triplets } from '../triplets.ts';
import { Miner, type MinerBatch } from './miner.ts';

/**
 * Takes a batch as it was packed: rows 0, 1, 2 are an anchor, its positive and its negative, rows 3, 4, 5 the next
 * triplet, and so on (pytorch-metric-learning's `EmbeddingsAlreadyPackagedAsTriplets`). Labels are not looked at.
 *
 * @returns N / 3 triplets.
 * @throws ShapeError for a batch that is no multiple of three, TypeError for a reference.
 * @example
 * const sampler = new torch.samplers.FixedSetOfTriplets({ labels, numTriplets: 1000 });
 * const triplets = new torch.miners.EmbeddingsAlreadyPackagedAsTriplets()(embeddings, labels);
 */
export class EmbeddingsAlreadyPackagedAsTriplets extends Miner<Triplets> {
  protected override mine({ embeddings, reference }: MinerBatch): Triplets {
    const where = 'EmbeddingsAlreadyPackagedAsTriplets';
    const shape = embeddings.shape;
    const rows = shape[0] as number;
    if (reference !== embeddings) throw new TypeError(`${where}: takes no reference, which triplets are not packed in`);
    if (rows % 3 !== 0) {
      throw new ShapeError(
        `${where}: embeddings must be [3 T, D], triplets one after another, got [${shape.join(', ')}]`,
      );
    }
    const from = (first: number) => arange(first, rows + first, 3, { device: embeddings.device });
    return { anchor: from(0), positive: from(1), negative: from(2) };
  }
}
