/** Triplets of a batch by how much nearer the positive is than the negative. */

import { overloadFunction } from '../operator.ts';
import type { PairMasks } from '../relation.ts';
import type { Tensor } from '../tensor.ts';
import { type Triplets, tripletsWhere } from '../triplets.ts';

/** Which triplets a miner keeps; `all` are the semi-hard and the hard ones, that is, all that violate the margin. */
export type TypeOfTriplets = 'all' | 'hard' | 'semihard' | 'easy';

/** In the order in which binding/kernels/triplets.cc numbers them. */
export const typesOfTriplets: readonly TypeOfTriplets[] = ['all', 'hard', 'semihard', 'easy'];

/** How many of all the triplets that a batch allows are of each type. */
export interface TripletCounts {
  /** Every triplet that the labels allow. */
  readonly total: number;
  /** The negative is farther than the positive by more than the margin. */
  readonly easy: number;
  /** The negative is farther, but within the margin. */
  readonly semihard: number;
  /** The negative is as near as the positive, or nearer. */
  readonly hard: number;
}

export interface MinedTriplets extends Triplets {
  readonly counts: TripletCounts;
}

type Kernel = (
  distances: Tensor,
  positives: Tensor,
  negatives: Tensor,
  margin: number,
  type: number,
) => [Tensor, Tensor, Tensor, Tensor];

let kernel: Kernel | undefined;

function counted(triplets: Triplets, [total, hard, violating]: readonly number[]): MinedTriplets {
  const [all, wrong, near] = [total, hard, violating] as [number, number, number];
  return { ...triplets, counts: { total: all, easy: all - near, semihard: near - wrong, hard: wrong } };
}

/**
 * The triplets of one type among distances `[N, M]`, where small is near, of rows and candidates so related.
 * On the CPU a kernel of our own, elsewhere operators that every device has.
 */
export function marginTriplets(
  distances: Tensor,
  related: PairMasks,
  margin: number,
  type: TypeOfTriplets,
): MinedTriplets {
  if (distances.device !== 'cpu') return composedMarginTriplets(distances, related, margin, type);
  kernel ??= overloadFunction('hinge', 'margin_triplets', '') as Kernel;
  const { positives, negatives } = related;
  const [anchor, positive, negative, counts] = kernel(
    distances,
    positives,
    negatives,
    margin,
    typesOfTriplets.indexOf(type),
  );
  return counted({ anchor, positive, negative }, counts.tolist() as number[]);
}

/** The same by operators that every device has, with a mask over blocks of all triplets. */
export function composedMarginTriplets(
  distances: Tensor,
  related: PairMasks,
  margin: number,
  type: TypeOfTriplets,
): MinedTriplets {
  let [total, hard, violating] = [0, 0, 0];
  const triplets = tripletsWhere(related, (anchor, positive, possible) => {
    const gap = distances.index([anchor]).sub(distances.index([anchor, positive]).unsqueeze(1));
    // Written with `not`, so that NaN is never easy.
    const isHard = gap.gt(0).logicalNot_().logicalAnd_(possible);
    const violates = gap.gt(margin).logicalNot_().logicalAnd_(possible);
    total += possible.sum().item() as number;
    hard += isHard.sum().item() as number;
    violating += violates.sum().item() as number;
    switch (type) {
      case 'hard':
        return isHard.logicalAnd(violates);
      case 'semihard':
        return violates.logicalAnd(isHard.logicalNot());
      case 'easy':
        return possible.logicalAnd(violates.logicalNot());
      default:
        return violates;
    }
  });
  return counted(triplets, [total, hard, violating]);
}
