/** Triplets of a batch, as indices of its rows: what miners return and losses take. */

import { noGrad } from './autograd/modes.ts';
import { DTypeError, describeValue, ShapeError } from './errors.ts';
import { cat, multinomial } from './generated/torch.ts';
import type { PairMasks, Relation } from './relation.ts';
import { rowsPerBlock } from './row-blocks.ts';
import { scope } from './scope.ts';
import { Tensor } from './tensor.ts';

/**
 * Rows of a batch, and of its candidates: the reference, or the batch itself. The candidate `positive[t]` belongs to row
 * `anchor[t]`, the candidate `negative[t]` does not.
 */
export interface Triplets {
  /** int64 `[T]` */
  readonly anchor: Tensor;
  /** int64 `[T]` */
  readonly positive: Tensor;
  /** int64 `[T]` */
  readonly negative: Tensor;
}

/**
 * The triplets that `choose` picks among all that a relation allows, a block of pairs at a time, so that memory stays
 * bounded where pairs times candidates are many.
 *
 * @param choose returns a bool mask `[p, M]` of negatives for `p` pairs, given what is possible.
 */
export function tripletsWhere(
  { positives, negatives }: PairMasks,
  choose: (anchor: Tensor, positive: Tensor, possible: Tensor) => Tensor,
): Triplets {
  const [anchors, others] = positives.nonzero().unbind(1) as [Tensor, Tensor];
  const size = rowsPerBlock(positives.shape[1] as number);
  const othersOf = others.split(size);
  const blocks = anchors.split(size).map((anchor, i) =>
    scope(() => {
      const positive = othersOf[i] as Tensor;
      const [row, negative] = choose(anchor, positive, negatives.index([anchor]))
        .nonzero()
        .unbind(1) as [Tensor, Tensor];
      return [anchor.index([row]), positive.index([row]), negative] as const;
    }),
  );
  const join = (column: 0 | 1 | 2) =>
    blocks.length === 1 ? (blocks[0]?.[column] as Tensor) : cat(blocks.map((block) => block[column]));
  return { anchor: join(0), positive: join(1), negative: join(2) };
}

/** Every triplet that a relation allows, ordered by anchor, positive, negative. */
export function allTriplets(relation: Relation): Triplets {
  return noGrad(() => scope(() => tripletsWhere(relation.block(), (_anchor, _positive, possible) => possible)));
}

/**
 * Triplets drawn at random from those that a relation allows: for each anchor with a positive and a negative,
 * `perAnchor` positives and as many negatives, each uniform and with replacement.
 */
export function randomTriplets(relation: Relation, perAnchor: number): Triplets {
  return noGrad(() =>
    scope(() => {
      const { positives, negatives } = relation.block();
      const able = positives.any(1).logicalAnd(negatives.any(1)).nonzero().squeeze(1);
      const draw = (mask: Tensor) =>
        able.numel() === 0
          ? able.clone()
          : multinomial(mask.index([able]).float(), perAnchor, { replacement: true }).flatten();
      return { anchor: able.repeatInterleave(perAnchor), positive: draw(positives), negative: draw(negatives) };
    }),
  );
}

/** Checks that these fields of what a user gave are int64 tensors of one length; indices out of range are libtorch's to refuse. */
export function expectIndices(where: string, tuples: object, names: readonly string[]): void {
  let length: number | undefined;
  for (const name of names) {
    const value = (tuples as Record<string, unknown>)[name];
    if (!(value instanceof Tensor)) {
      throw new TypeError(`${where}: ${name} must be a Tensor, got ${describeValue(value)}`);
    }
    if (value.dtype !== 'int64') throw new DTypeError(`${where}: ${name} must be int64, got ${value.dtype}`);
    const shape = value.shape;
    length ??= shape[0];
    if (shape.length !== 1 || shape[0] !== length) {
      throw new ShapeError(`${where}: ${name} must be [${length ?? 'T'}], got [${shape.join(', ')}]`);
    }
  }
}
