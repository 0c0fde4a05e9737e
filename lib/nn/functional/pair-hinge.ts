/** The hinge over all pairs of a positive and a negative score, with its exact gradient, without listing the pairs. */

import { AutogradFunction, type FunctionContext } from '../../autograd/function.ts';
import { noGrad } from '../../autograd/modes.ts';
import { cat, onesLike, searchsorted, where, zeros } from '../../generated/torch.ts';
import { scope } from '../../scope.ts';
import type { Tensor } from '../../tensor.ts';
import type { HingePower } from './hinge-loss.ts';

/** Some pairs: every positive with every negative of its segment. */
export interface PairLevel {
  /** bool `[N]` */
  readonly positives: Tensor;
  /** bool `[N]` */
  readonly negatives: Tensor;
  /** int64 `[N]` */
  readonly segments: Tensor;
}

/** Which pairs there are, and what they are added up by. */
export interface PairProblem {
  /** Each pair is in one of them. */
  readonly levels: readonly PairLevel[];
  /** int64 `[N]`, from 0 to `groupCount` - 1; segments are parts of groups. */
  readonly groups: Tensor;
  readonly groupCount: number;
  readonly margin: number;
  readonly power: HingePower;
}

/** Pairs of each group, int64 `[G]`. */
export interface PairCounts {
  readonly total: Tensor;
  /** Those whose hinge is greater than 0. */
  readonly active: Tensor;
  /** Those whose negative scores as high as the positive, or higher. */
  readonly hard: Tensor;
  /** Those that score the same. */
  readonly tied: Tensor;
}

/** The pairs of one level: negatives by segment and score, and where those of each positive begin and end. */
interface Ranked {
  /** Rows of the positives `[P]` and of the sorted negatives `[Q]`. */
  readonly positive: Tensor;
  readonly negative: Tensor;
  readonly begin: Tensor;
  readonly end: Tensor;
}

function rank(scores: Tensor, { positives, negatives, segments }: PairLevel): Ranked {
  const positive = positives.nonzero().squeeze(1);
  let negative = negatives.nonzero().squeeze(1);
  for (const key of [scores, segments]) {
    negative = negative.index([key.index([negative]).argsort({ stable: true, dim: 0, descending: false })]);
  }
  const keys = segments.index([negative]);
  const own = segments.index([positive]);
  const begin = searchsorted(keys, own);
  return { positive, negative, begin, end: searchsorted(keys, own, { right: true }) };
}

/**
 * The first of the negatives, ascending, of each positive that satisfies what, once satisfied, stays so. The comparison is
 * the caller's own, of the very numbers that a loop over pairs would compare, because a rounded threshold decides
 * otherwise where a pair meets the margin all but exactly.
 */
function firstWhere({ begin, end }: Ranked, values: Tensor, satisfied: (values: Tensor) => Tensor): Tensor {
  const last = values.numel() - 1;
  let [low, high] = [begin, end];
  for (let width = values.numel(); width > 0; width = Math.floor(width / 2)) {
    const middle = low.add(high).div(2, { roundingMode: 'floor' });
    const open = low.lt(high);
    const found = satisfied(values.index([middle.clampMax(last)]));
    high = where(open.logicalAnd(found), middle, high);
    low = where(open.logicalAnd(found.logicalNot()), middle.add(1), low);
  }
  return low;
}

/** `[N]` sums of `values`, from each place on and no further than its end: each positive reaches a run of negatives. */
function reached(values: Tensor, first: Tensor, end: Tensor, size: number): Tensor {
  const steps = zeros([size + 1], { dtype: 'float64', device: values.device });
  return steps.indexAdd_(0, first, values).indexAdd_(0, end, values.neg()).cumsum(0).narrow(0, 0, size);
}

interface Sums {
  /** float64 `[G]` */
  readonly losses: Tensor;
  /** float64 `[N]` */
  readonly slopes: Tensor;
}

/** Adds one level's losses and slopes. */
function addLevel(scores: Tensor, centred: Tensor, level: PairLevel, problem: PairProblem, sums: Sums): void {
  const { margin, power, groups } = problem;
  const ranked = rank(scores, level);
  const { positive, negative, end } = ranked;
  const size = negative.numel();
  if (size === 0 || positive.numel() === 0) return;
  const own = scores.index([positive]);
  // At the kink the gradient is the active one, as that of clamp.
  const first = firstWhere(ranked, scores.index([negative]), (other) => own.sub(other).mul(-1).add(margin).ge(0));
  const count = end.sub(first).double();
  const threshold = centred.index([positive]).neg().add(margin);
  const near = centred.index([negative]);
  const start = zeros([1], { dtype: 'float64', device: scores.device });
  const between = (values: Tensor) => {
    const running = cat([start, values.cumsum(0)]);
    return running.index([end]).sub(running.index([first]));
  };
  const linear = count.mul(threshold).add(between(near));
  let losses = linear;
  let ofPositives = count;
  const violators = reached(onesLike(count), first, end, size);
  let ofNegatives = violators;
  if (power === 2) {
    const squares = threshold
      .mul(linear)
      .add(threshold.mul(between(near)))
      .add(between(near.square()));
    losses = where(count.eq(0), squares.mul(0), squares.clampMin(0));
    ofPositives = linear.mul(2);
    const slopes = reached(threshold, first, end, size).add(violators.mul(near)).mul(2);
    // Sums that should cancel leave a rest.
    ofNegatives = where(violators.eq(0), slopes.mul(0), slopes);
  }
  sums.losses.indexAdd_(0, groups.index([positive]), losses);
  sums.slopes.indexAdd_(0, positive, ofPositives.neg());
  sums.slopes.indexAdd_(0, negative, ofNegatives);
}

function sumPairs(scores: Tensor, problem: PairProblem): Sums {
  const { groups, groupCount } = problem;
  const exact = scores.detach().double();
  const device = scores.device;
  const perGroup = () => zeros([groupCount], { dtype: 'float64', device });
  const sums = { losses: perGroup(), slopes: zeros([exact.numel()], { dtype: 'float64', device }) };
  // Differences count alone, and are more precise near 0.
  const sizes = perGroup().indexAdd_(0, groups, onesLike(exact));
  const centre = perGroup().indexAdd_(0, groups, exact).div_(sizes);
  const centred = exact.sub(centre.index([groups]));
  for (const level of problem.levels) scope(() => addLevel(exact, centred, level, problem, sums));
  return sums;
}

class PairHinge extends AutogradFunction {
  static forward(ctx: FunctionContext, scores: Tensor, problem: PairProblem): Tensor {
    const { losses, slopes } = sumPairs(scores, problem);
    ctx.saveForBackward(slopes.to(scores.dtype), problem.groups);
    return losses.to(scores.dtype === 'float64' ? 'float64' : 'float32');
  }

  static backward(ctx: FunctionContext, gradOutput: Tensor): (Tensor | null)[] {
    const [slopes, groups] = ctx.savedTensors;
    return [slopes.mul(gradOutput.index([groups])).to(slopes.dtype), null];
  }
}

/**
 * The sum in each group, `[G]`, of `max(0, margin - (s_i - s_j)) ^ power` over pairs of a positive i and a negative j, of
 * scores `[N]`. Time grows as N log N for each level, memory as N; sums are float64. It can be differentiated once.
 */
export function pairHinge(scores: Tensor, problem: PairProblem): Tensor {
  return scope(() => PairHinge.apply(scores, problem));
}

/** How many pairs there are in each group, int64 `[G]`. */
export function totalPairs({ levels, groups, groupCount }: PairProblem): Tensor {
  return noGrad(() =>
    scope(() => {
      const totals = zeros([groupCount], { dtype: 'int64', device: groups.device });
      for (const { positives, negatives, segments } of levels) {
        const positive = positives.nonzero().squeeze(1);
        const [keys] = segments.index([negatives]).sort() as [Tensor, Tensor];
        const own = segments.index([positive]);
        const count = searchsorted(keys, own, { right: true }).sub(searchsorted(keys, own));
        totals.indexAdd_(0, groups.index([positive]), count);
      }
      return totals;
    }),
  );
}

/** How many pairs there are in each group, and of which kind; exactly as evaluating every pair would count them. */
export function countPairs(scores: Tensor, { levels, groups, groupCount, margin }: PairProblem): PairCounts {
  return noGrad(() =>
    scope(() => {
      const exact = scores.double();
      const counts = [0, 1, 2, 3].map(() => zeros([groupCount], { dtype: 'int64', device: scores.device }));
      for (const level of levels) {
        const ranked = rank(exact, level);
        const { positive, negative, begin, end } = ranked;
        if (negative.numel() === 0 || positive.numel() === 0) continue;
        const own = exact.index([positive]);
        const from = (satisfied: (others: Tensor) => Tensor) => firstWhere(ranked, exact.index([negative]), satisfied);
        const active = from((others) => own.sub(others).mul(-1).add(margin).gt(0));
        const hard = from((others) => own.sub(others).le(0));
        const above = from((others) => own.sub(others).lt(0));
        const found = [end.sub(begin), end.sub(active), end.sub(hard), above.sub(hard)];
        for (const [i, each] of found.entries()) counts[i]?.indexAdd_(0, groups.index([positive]), each);
      }
      const [total, active, hard, tied] = counts as [Tensor, Tensor, Tensor, Tensor];
      return { total, active, hard, tied };
    }),
  );
}
