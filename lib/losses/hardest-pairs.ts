/** The hardest positive and negative of each row. */

import { noGrad } from '../autograd/modes.ts';
import { where } from '../generated/torch.ts';
import type { PairMasks } from '../pairs.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';

/** Columns int64 `[N]`; any where a row has none, which the masks bool `[N]` tell. */
export interface HardestPairs {
  readonly positive: Tensor;
  readonly negative: Tensor;
  readonly hasPositive: Tensor;
  readonly hasNegative: Tensor;
}

/** Among distances `[N, M]`, M > 0, where small is near: the farthest positive and the nearest negative of each row. */
export function hardestPairs(distances: Tensor, { positives, negatives }: PairMasks): HardestPairs {
  return noGrad(() =>
    scope(() => ({
      positive: where(positives, distances, Number.NEGATIVE_INFINITY).argmax(1),
      negative: where(negatives, distances, Number.POSITIVE_INFINITY).argmin(1),
      hasPositive: positives.any(1),
      hasNegative: negatives.any(1),
    })),
  );
}
