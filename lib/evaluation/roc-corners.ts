/** The receiver operating characteristic as the points where it turns, and where both errors are equal. */

import { cat, stack, zeros } from '../generated/torch.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';

/** Corners of the curve, as counts; scores are turned so that small is near. */
export interface RocCorners {
  /** The farthest score that is accepted. */
  readonly scores: Float64Array;
  /** The nearest score that is not. */
  readonly next: Float64Array;
  readonly accepted: Float64Array;
  readonly falsely: Float64Array;
}

/**
 * The corners of scores `[P]`, small being near, of which `same`, bool `[P]`, are genuine: one sort, then each score is
 * looked at once.
 */
export function rocCorners(scores: Tensor, same: Tensor): RocCorners {
  return scope(() => {
    const [sorted, order] = scores.sort({ stable: true }) as [Tensor, Tensor];
    const count = sorted.numel();
    const infinity = zeros([1], { dtype: sorted.dtype, device: sorted.device }).add_(Number.POSITIVE_INFINITY);
    const start = zeros([1], { dtype: 'int64', device: sorted.device });
    const following = cat([sorted.narrow(0, 1, count - 1), infinity]);
    // Equal scores are accepted together. The last one may be infinite, and is followed by infinity.
    const ends = sorted.ne(following);
    ends.select(0, count - 1).fill_(true);
    const at = ends.nonzero().squeeze(1);
    const right = same.index([order]).cumsum(0).index([at]);
    const accepted = cat([start, right]);
    const falsely = cat([start, at.add(1).sub(right)]);
    // A point within a run that goes straight up, or straight to the side, says nothing that its ends do not say.
    const moves = [accepted, falsely].map((counts) => counts.diff().eq(0));
    const straight = moves.map((still) =>
      still.narrow(0, 0, still.numel() - 1).logicalAnd(still.narrow(0, 1, still.numel() - 1)),
    );
    const edge = start.bool().logicalNot();
    const kept = cat([edge, straight[0]!.logicalOr(straight[1]!).logicalNot(), edge]);
    // But the two points around the equal error rate are kept, for its threshold.
    const [genuine, impostors] = [right, at.add(1).sub(right)].map((counts) => counts.select(0, counts.numel() - 1));
    const crossing = accepted.mul(impostors!).add(falsely.mul(genuine!)).lt(genuine!.mul(impostors!)).sum();
    kept.indexFill_(0, stack([crossing.sub(1), crossing]), true);
    const numbers = (values: Tensor) => values.maskedSelect(kept).double().toTypedArray() as Float64Array;
    return {
      scores: numbers(cat([infinity.neg(), sorted.index([at])])),
      next: numbers(cat([sorted.narrow(0, 0, 1), following.index([at])])),
      accepted: numbers(accepted),
      falsely: numbers(falsely),
    };
  });
}
