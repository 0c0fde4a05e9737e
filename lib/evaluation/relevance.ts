/** Which candidates are right answers to a query. */

import { expectTensor } from '../embeddings.ts';
import { DTypeError, ShapeError } from '../errors.ts';
import { cat, searchsorted } from '../generated/torch.ts';
import type { Relation } from '../relation.ts';
import { rowBlocks, rowsPerBlock } from '../row-blocks.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';

/** What is known of the candidates that a search found. */
export interface Judgement {
  /** bool `[Q, c]`: right answers. */
  readonly hits: Tensor;
  /** bool `[Q, c]`: neither right nor wrong, to be passed over; null where there are none. */
  readonly ignored: Tensor | null;
  /** `[Q, c]`: what a right answer counts, 0 for others; null where all count 1. */
  readonly gains: Tensor | null;
  /** `[Q, c]`: the largest gains that any c candidates have, in order; null where all count 1. */
  readonly idealGains: Tensor | null;
}

export interface Relevance {
  /** How many right answers each query has, int64 `[N]`. */
  readonly counts: Tensor;
  /** The most candidates that are neither right nor wrong for a query. */
  readonly mostIgnored: number;
  /** Judges candidates int64 `[Q, c]` of the queries from `begin`. */
  judge(begin: number, candidates: Tensor): Judgement;
}

/** Compares labels, broadcast against each other, and gives bool: `(query, reference) => query.sub(reference).abs().le(1)`. */
export type LabelComparison = (query: Tensor, reference: Tensor) => Tensor;

/** Rows of one class are right; by sorting, not by comparing every query with every candidate. */
export function relevanceOfLabels(labels: Tensor, reference: Tensor, withoutSelf: boolean): Relevance {
  const sorted = reference.sort()[0] as Tensor;
  const counts = searchsorted(sorted, labels, { right: true }).sub(searchsorted(sorted, labels));
  return {
    counts: withoutSelf ? counts.sub(1) : counts,
    mostIgnored: 0,
    judge(begin, candidates) {
      const own = labels.narrow(0, begin, candidates.shape[0] as number).unsqueeze(1);
      const hits = reference.index([candidates]).eq(own);
      return { hits, ignored: null, gains: null, idealGains: null };
    },
  };
}

interface Block {
  readonly positives: Tensor;
  readonly negatives: Tensor | null;
  readonly weights: Tensor | null;
}

function relevanceOfBlocks(
  [rows, columns]: readonly [number, number],
  withoutSelf: boolean,
  blockOf: (begin: number, length: number) => Block,
): Relevance {
  const step = rowsPerBlock(columns);
  const inBlocks = <T>(from: number, count: number, visit: (begin: number, block: Block) => T): T[] => {
    return rowBlocks(count, step).map(([begin, length]) =>
      scope(() => {
        const block = blockOf(from + begin, length);
        if (withoutSelf) {
          for (const mask of [block.positives, block.negatives]) mask?.diagonal(from + begin).fill_(0);
        }
        return visit(begin, block);
      }),
    );
  };
  let mostIgnored = 0;
  const counts = inBlocks(0, rows, (_begin, { positives, negatives }) => {
    const right = positives.sum(1);
    if (negatives === null) return right;
    const judged = right.add(negatives.sum(1)).min().item() as number;
    mostIgnored = Math.max(mostIgnored, columns - (withoutSelf ? 1 : 0) - judged);
    return right;
  });
  return {
    counts: cat(counts),
    mostIgnored,
    judge(first, candidates) {
      const [queries, found] = candidates.shape as [number, number];
      const parts = inBlocks(first, queries, (begin, { positives, negatives, weights }) => {
        const at = candidates.narrow(0, begin, positives.shape[0] as number);
        const hits = positives.gather(1, at);
        const ignored =
          mostIgnored > 0 && negatives !== null ? negatives.gather(1, at).logicalOr(hits).logicalNot() : null;
        if (weights === null) return { hits, ignored, gains: null, idealGains: null };
        const all = weights.double().maskedFill(positives.logicalNot(), 0);
        return { hits, ignored, gains: all.gather(1, at), idealGains: all.topk(found, { dim: 1 })[0] as Tensor };
      });
      const join = (name: keyof Judgement) => {
        const tensors = parts.map((part) => part[name]).filter((each) => each !== null);
        return tensors.length === 0 ? null : cat(tensors);
      };
      return {
        hits: join('hits') as Tensor,
        ignored: join('ignored'),
        gains: join('gains'),
        idealGains: join('idealGains'),
      };
    },
  };
}

/** Positives of a relation are right, and count their weights; what it leaves out is ignored. */
export function relevanceOfRelation(relation: Relation, withoutSelf: boolean): Relevance {
  return relevanceOfBlocks([relation.rows, relation.columns], withoutSelf, (begin, length) =>
    relation.block(begin, length),
  );
}

/**
 * What a comparison says is right, everything else is wrong.
 *
 * @param labels `[N, …]` @param reference `[M, …]`
 */
export function relevanceOfComparison(
  labels: Tensor,
  reference: Tensor,
  compare: LabelComparison,
  withoutSelf: boolean,
): Relevance {
  const columns = reference.shape[0] as number;
  return relevanceOfBlocks([labels.shape[0] as number, columns], withoutSelf, (begin, length) => {
    const positives = compare(labels.narrow(0, begin, length).unsqueeze(1), reference.unsqueeze(0));
    expectTensor('AccuracyCalculator: what labelComparison returns', positives);
    if (positives.dtype !== 'bool') {
      throw new DTypeError(`AccuracyCalculator: labelComparison must return bool, got ${positives.dtype}`);
    }
    const shape = positives.shape;
    if (shape.length !== 2 || shape[0] !== length || shape[1] !== columns) {
      const asked = `[${length}, ${columns}] for labels [${length}, 1, …] and [1, ${columns}, …]`;
      throw new ShapeError(`AccuracyCalculator: labelComparison must return ${asked}, got [${shape.join(', ')}]`);
    }
    return { positives: withoutSelf ? positives.clone() : positives, negatives: null, weights: null };
  });
}

/** Checks labels that a comparison takes: one for each row, of any dtype and shape. */
export function expectComparableLabels(where: string, labels: Tensor, embeddings: Tensor): void {
  expectTensor(where, labels);
  const shape = labels.shape;
  if (shape[0] !== embeddings.shape[0]) {
    const expected = `[${embeddings.shape[0]}, …] to match embeddings [${embeddings.shape.join(', ')}]`;
    throw new ShapeError(`${where} must be ${expected}, got [${shape.join(', ')}]`);
  }
}
