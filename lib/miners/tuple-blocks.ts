/** Tuples of blocks of rows put together. */

import type { DeviceLike } from '../device.ts';
import { cat, empty } from '../generated/torch.ts';
import type { Pairs } from '../pairs.ts';
import type { Tensor } from '../tensor.ts';
import type { Triplets } from '../triplets.ts';

/** Int64 columns in a row; empty where there are none. */
function joinTensors(columns: readonly Tensor[], device: DeviceLike): Tensor {
  if (columns.length === 0) return empty([0], { dtype: 'int64', device });
  return columns.length === 1 ? (columns[0] as Tensor) : cat(columns);
}

/** The triplets of all blocks, in their order. */
export function joinTriplets(blocks: readonly Triplets[], device: DeviceLike): Triplets {
  const column = (name: keyof Triplets) =>
    joinTensors(
      blocks.map((block) => block[name]),
      device,
    );
  return { anchor: column('anchor'), positive: column('positive'), negative: column('negative') };
}

/** The pairs of all blocks, in their order. */
export function joinPairs(blocks: readonly Pairs[], device: DeviceLike): Pairs {
  const column = (name: keyof Pairs) =>
    joinTensors(
      blocks.map((block) => block[name]),
      device,
    );
  return {
    positiveAnchor: column('positiveAnchor'),
    positive: column('positive'),
    negativeAnchor: column('negativeAnchor'),
    negative: column('negative'),
  };
}

/** Some of the pairs, by their positions. */
export function pickPairs(pairs: Pairs, positives: Tensor, negatives: Tensor): Pairs {
  return {
    positiveAnchor: pairs.positiveAnchor.index([positives]),
    positive: pairs.positive.index([positives]),
    negativeAnchor: pairs.negativeAnchor.index([negatives]),
    negative: pairs.negative.index([negatives]),
  };
}
