/** The clamped hinge of every positive pair against every negative one, of whatever anchor. */

import { noGrad } from '../autograd/modes.ts';
import { searchsorted, zeros } from '../generated/torch.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';

/**
 * The mean over positive distances `[P]` and negative ones `[Q]`, P and Q > 0, of `min(margin, max(0, p - n +
 * margin))`: combinations whose negative is nearer than the positive count the margin, and have no gradient. Not one of
 * the P Q combinations is listed: it takes O((P + Q) log Q) time. The margin is at least 0.
 */
export function clampedPairHinge(positives: Tensor, negatives: Tensor, margin: number): Tensor {
  const [ofPositives, ofNegatives, reached] = noGrad(() =>
    scope(() => {
      const [sorted, order] = negatives.detach().sort({ dim: 0 }) as [Tensor, Tensor];
      const near = positives.detach();
      // Of each positive: negatives before `begin` are nearer, those up to `end` within the margin.
      const begin = searchsorted(sorted, near);
      const end = searchsorted(sorted, near.add(margin), { right: true });
      const edge = zeros([(sorted.shape[0] as number) + 1], { dtype: 'int64', device: sorted.device });
      const one = begin.mul(0).add(1);
      const perRank = edge
        .indexAdd(0, begin, one)
        .sub(edge.indexAdd(0, end, one))
        .cumsum(0);
      const counts = perRank.narrow(0, 0, sorted.shape[0] as number);
      const ofNegatives = zeros([counts.shape[0] as number], { dtype: 'float64', device: near.device });
      return [end.sub(begin).double(), ofNegatives.scatter(0, order, counts.double()), end.sum().double()];
    }),
  ) as [Tensor, Tensor, Tensor];
  // Sums of P Q terms each, which nearly cancel: in float64.
  const sum = positives.mul(ofPositives).sum().sub(negatives.mul(ofNegatives).sum()).add(reached.mul(margin));
  return sum.div(positives.numel() * negatives.numel()).to(positives.dtype);
}
