/** One positive and one negative of each anchor, or all of them. */

import type { Pairs } from '../pairs.ts';
import type { PairMasks } from '../relation.ts';
import type { Tensor } from '../tensor.ts';
import { type Choice, farthestOf, nearestOf } from './easy-hard.ts';

/** Which one of an anchor's positives or negatives, or all of them. */
export type MiningStrategy = 'easy' | 'semihard' | 'hard' | 'all';

/** Strategies, with ranges of distances where small is near. */
export interface EasyHardRule {
  readonly posStrategy: MiningStrategy;
  readonly negStrategy: MiningStrategy;
  readonly posRange: readonly [number, number] | null;
  readonly negRange: readonly [number, number] | null;
}

function within(distances: Tensor, candidates: Tensor, range: readonly [number, number] | null): Tensor {
  if (range === null) return candidates;
  const [low, high] = range;
  return candidates.logicalAnd(distances.gt(high).logicalOr_(distances.lt(low)).logicalNot_());
}

/**
 * The pairs that the strategies choose among distances `[R, M]`, where small is near. Unless a side is `'all'`, an
 * anchor has either one positive and one negative, or none.
 */
export function batchEasyHard(distances: Tensor, related: PairMasks, rule: EasyHardRule): Pairs {
  const { posStrategy, negStrategy } = rule;
  const positivesWithin = () => within(distances, related.positives, rule.posRange);
  const negativesWithin = () => within(distances, related.negatives, rule.negRange);
  const choosePositive = (nearerThan?: Tensor): Choice => {
    let candidates = positivesWithin();
    if (nearerThan !== undefined) {
      candidates = candidates.logicalAnd(distances.ge(nearerThan.unsqueeze(1)).logicalNot());
    }
    return posStrategy === 'easy' ? nearestOf(distances, candidates) : farthestOf(distances, candidates);
  };
  const chooseNegative = (fartherThan?: Tensor): Choice => {
    let candidates = negativesWithin();
    if (fartherThan !== undefined) {
      candidates = candidates.logicalAnd(distances.le(fartherThan.unsqueeze(1)).logicalNot());
    }
    return negStrategy === 'easy' ? farthestOf(distances, candidates) : nearestOf(distances, candidates);
  };
  const pairsOf = (chosen: Choice, found: Tensor): [Tensor, Tensor] => {
    const anchor = found.nonzero().squeeze(1);
    return [anchor, chosen.indices.index([anchor])];
  };
  const all = (mask: Tensor) => mask.nonzero().unbind(1) as [Tensor, Tensor];

  let positive: [Tensor, Tensor];
  let negative: [Tensor, Tensor];
  if (posStrategy !== 'all' && negStrategy !== 'all') {
    let [p, n]: (Choice | undefined)[] = [];
    if (posStrategy === 'semihard') {
      n = chooseNegative();
      p = choosePositive(n.distances);
    } else {
      p = choosePositive();
      n = chooseNegative(negStrategy === 'semihard' ? p.distances : undefined);
    }
    const found = p.found.logicalAnd(n.found);
    [positive, negative] = [pairsOf(p, found), pairsOf(n, found)];
  } else {
    const [p, n] = [
      posStrategy === 'all' ? null : choosePositive(),
      negStrategy === 'all' ? null : chooseNegative(),
    ] as const;
    positive = p === null ? all(related.positives) : pairsOf(p, p.found);
    negative = n === null ? all(related.negatives) : pairsOf(n, n.found);
  }
  return { positiveAnchor: positive[0], positive: positive[1], negativeAnchor: negative[0], negative: negative[1] };
}
