/** Pairs of a batch, as indices of its rows and candidates, and their relation to triplets. */

import { noGrad } from './autograd/modes.ts';
import { describeValue } from './errors.ts';
import { cat, zeros } from './generated/torch.ts';
import type { PairMasks, Relation } from './relation.ts';
import { scope } from './scope.ts';
import type { Tensor } from './tensor.ts';
import { expectIndices, type Triplets, tripletsWhere } from './triplets.ts';

/**
 * Positive pairs and negative pairs. Rows are of the batch; `positive` and `negative` are candidates: rows of the
 * reference, or of the batch itself.
 */
export interface Pairs {
  /** int64 `[P]` */
  readonly positiveAnchor: Tensor;
  /** int64 `[P]` */
  readonly positive: Tensor;
  /** int64 `[Q]` */
  readonly negativeAnchor: Tensor;
  /** int64 `[Q]` */
  readonly negative: Tensor;
}

/** What miners return and losses take. */
export type Tuples = Pairs | Triplets;

export function isPairs(tuples: Tuples): tuples is Pairs {
  return 'positiveAnchor' in tuples;
}

/** The pairs that two masks show, ordered by anchor. */
export function pairsWhere({ positives, negatives }: PairMasks): Pairs {
  return noGrad(() =>
    scope(() => {
      const [positiveAnchor, positive] = positives.nonzero().unbind(1) as [Tensor, Tensor];
      const [negativeAnchor, negative] = negatives.nonzero().unbind(1) as [Tensor, Tensor];
      return { positiveAnchor, positive, negativeAnchor, negative };
    }),
  );
}

/** Every pair that a relation allows, ordered by anchor. */
export function allPairs(relation: Relation): Pairs {
  return pairsWhere(relation.block());
}

/** Tuples as pairs: a triplet is a positive and a negative pair, and stays one as often as it occurs. */
export function toPairs(tuples: Tuples): Pairs {
  if (isPairs(tuples)) return tuples;
  const { anchor, positive, negative } = tuples;
  return { positiveAnchor: anchor, positive, negativeAnchor: anchor, negative };
}

/** Tuples as masks bool `[rows, columns]`, in which a pair is, or is not. */
export function toMasks(tuples: Tuples, rows: number, columns: number): PairMasks {
  return noGrad(() =>
    scope(() => {
      const { positiveAnchor, positive, negativeAnchor, negative } = toPairs(tuples);
      const mask = (row: Tensor, column: Tensor) =>
        zeros([rows, columns], { dtype: 'bool', device: row.device }).indexPut_([row, column], true);
      return { positives: mask(positiveAnchor, positive), negatives: mask(negativeAnchor, negative) };
    }),
  );
}

/** Tuples as triplets: of pairs, every positive with every negative of the same anchor. */
export function toTriplets(tuples: Tuples, rows: number, columns: number): Triplets {
  if (!isPairs(tuples)) return tuples;
  return noGrad(() =>
    scope(() => {
      return tripletsWhere(toMasks(tuples, rows, columns), (_anchor, _positive, possible) => possible);
    }),
  );
}

/**
 * How often each row is in tuples, divided by the largest count: weights `[rows]` between 0 and 1; all 1 where there are
 * no tuples (pytorch-metric-learning's `convert_to_weights`). For losses of single rows.
 *
 * @param anchorsOnly whether candidates are other rows than the batch's, and do not count.
 */
export function toWeights(tuples: Tuples, rows: number, dtype: 'float32' | 'float64', anchorsOnly: boolean): Tensor {
  return noGrad(() =>
    scope(() => {
      const { positiveAnchor, positive, negativeAnchor, negative } = toPairs(tuples);
      const anchors = isPairs(tuples) ? [positiveAnchor, negativeAnchor] : [positiveAnchor];
      const seen = cat(anchorsOnly ? anchors : [...anchors, positive, negative]);
      const counts = zeros([rows], { dtype, device: seen.device });
      if (seen.numel() === 0) return counts.add_(1);
      counts.indexAdd_(0, seen, zeros([seen.numel()], { dtype, device: seen.device }).add_(1));
      return counts.div_(counts.max());
    }),
  );
}

/** Checks tuples that a user gave. */
export function expectTuples(where: string, tuples: Tuples): void {
  if (typeof tuples !== 'object' || tuples === null) {
    throw new TypeError(`${where} must be triplets or pairs, got ${describeValue(tuples)}`);
  }
  if (isPairs(tuples)) {
    expectIndices(where, tuples, ['positiveAnchor', 'positive']);
    expectIndices(where, tuples, ['negativeAnchor', 'negative']);
  } else {
    expectIndices(where, tuples, ['anchor', 'positive', 'negative']);
  }
}
