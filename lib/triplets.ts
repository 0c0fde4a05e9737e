/** Triplets of a batch, as indices of its rows: what miners return and losses take. */

import { noGrad } from './autograd/modes.ts';
import { DTypeError, describeValue, ShapeError } from './errors.ts';
import { cat } from './generated/torch.ts';
import { scope } from './scope.ts';
import { Tensor } from './tensor.ts';

/** Row numbers of a batch: row `positive[t]` has the class of row `anchor[t]`, row `negative[t]` another one. */
export interface Triplets {
  /** int64 `[T]` */
  readonly anchor: Tensor;
  /** int64 `[T]` */
  readonly positive: Tensor;
  /** int64 `[T]` */
  readonly negative: Tensor;
}

/** All ordered pairs of rows of one class, and who is no member of it. */
export interface PositivePairs {
  /** int64 `[P]` */
  readonly anchor: Tensor;
  /** int64 `[P]`; never the anchor itself. */
  readonly positive: Tensor;
  /** bool `[N, N]`: true where two rows are of different classes. */
  readonly different: Tensor;
}

/** The positive pairs of labels int64 `[N]`, ordered by anchor, then by positive. */
export function positivePairs(labels: Tensor): PositivePairs {
  return noGrad(() =>
    scope(() => {
      const different = labels.unsqueeze(1).ne(labels.unsqueeze(0));
      const [anchor, positive] = different.logicalNot().fillDiagonal_(false).nonzero().unbind(1);
      return { anchor: anchor as Tensor, positive: positive as Tensor, different };
    }),
  );
}

// One block of a [pairs, N] matrix holds at most so many elements: 16 MB of float32.
const blockElements = 1 << 22;

/**
 * The triplets that `choose` picks among all that the pairs allow, a block of pairs at a time, so that memory stays
 * bounded where pairs times rows are many.
 *
 * @param choose returns a bool mask `[p, N]` of negatives for `p` pairs.
 */
export function tripletsWhere(pairs: PositivePairs, choose: (anchor: Tensor, positive: Tensor) => Tensor): Triplets {
  const count = pairs.different.shape[0] as number;
  const size = Math.max(1, Math.floor(blockElements / Math.max(1, count)));
  const anchors = pairs.anchor.split(size);
  const positives = pairs.positive.split(size);
  const blocks = anchors.map((anchor, i) =>
    scope(() => {
      const positive = positives[i] as Tensor;
      const [row, negative] = choose(anchor, positive).nonzero().unbind(1) as [Tensor, Tensor];
      return [anchor.index([row]), positive.index([row]), negative] as const;
    }),
  );
  const join = (column: 0 | 1 | 2) =>
    blocks.length === 1 ? (blocks[0]?.[column] as Tensor) : cat(blocks.map((block) => block[column]));
  return { anchor: join(0), positive: join(1), negative: join(2) };
}

/** Every triplet that labels int64 `[N]` allow, ordered by anchor, positive, negative. */
export function allTriplets(labels: Tensor): Triplets {
  return noGrad(() =>
    scope(() => {
      const pairs = positivePairs(labels);
      return tripletsWhere(pairs, (anchor) => pairs.different.index([anchor]));
    }),
  );
}

/** Checks triplets that a user gave: three int64 tensors of one length. Indices out of range are libtorch's to refuse. */
export function expectTriplets(where: string, triplets: Triplets): void {
  if (typeof triplets !== 'object' || triplets === null) {
    throw new TypeError(`${where} must be { anchor, positive, negative }, got ${describeValue(triplets)}`);
  }
  let length: number | undefined;
  for (const name of ['anchor', 'positive', 'negative'] as const) {
    const value = triplets[name];
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
