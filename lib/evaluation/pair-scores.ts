/** Pairs of embeddings with how far apart they are, and whether they belong together. */

import { noGrad } from '../autograd/modes.ts';
import type { Distance } from '../distances/distance.ts';
import { LpDistance } from '../distances/lp-distance.ts';
import { expectEmbeddings, widened } from '../embeddings.ts';
import { cat, zeros } from '../generated/torch.ts';
import { expectTuples, type Pairs } from '../pairs.ts';
import { type Labels, Relation, relationOf } from '../relation.ts';
import { rowBlocks, rowsPerBlock } from '../row-blocks.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';

export interface PairScores {
  /** `[P]`, in the distance's unit. */
  readonly scores: Tensor;
  /** bool `[P]`: whether a pair is of one class. */
  readonly same: Tensor;
  /** Whether large scores are near. */
  readonly similarity: boolean;
}

export interface PairScoresOptions {
  /** Where the second of each pair comes from, `[M, D]`; the embeddings themselves by default. */
  reference?: Tensor;
  /** Euclidean between the embeddings as they are by default. */
  distance?: Distance;
}

export interface AllPairScoresOptions extends PairScoresOptions {
  /** int64 `[M]`; none where a relation is given in place of labels. */
  referenceLabels?: Tensor;
}

const isSimilarity = (distance: Distance) => distance.farthest === Number.NEGATIVE_INFINITY;

/**
 * The scores of some pairs, positive ones first.
 *
 * @param embeddings `[N, D]`
 * @param pairs such as a list of genuine and impostor pairs that a protocol names; rows of `embeddings` and of `reference`.
 */
export function scorePairs(
  embeddings: Tensor,
  pairs: Pairs,
  { reference = embeddings, distance = new LpDistance({ normalizeEmbeddings: false }) }: PairScoresOptions = {},
): PairScores {
  expectEmbeddings('scorePairs: embeddings', embeddings);
  expectEmbeddings('scorePairs: reference', reference);
  expectTuples('scorePairs: pairs', pairs);
  return noGrad(() =>
    scope(() => {
      const [rows, columns] = [widened(embeddings), widened(reference)];
      const size = rowsPerBlock(embeddings.shape[1] as number);
      const score = (anchor: Tensor, other: Tensor): Tensor[] => {
        return rowBlocks(anchor.numel(), size).map((at) => {
          const pick = (from: Tensor, indices: Tensor) => from.index([indices.narrow(0, ...at)]);
          return scope(() => distance.pairwise(pick(rows, anchor), pick(columns, other)));
        });
      };
      const none = zeros([0], { dtype: rows.dtype, device: rows.device });
      const positives = cat([none, ...score(pairs.positiveAnchor, pairs.positive)]);
      const scores = cat([positives, ...score(pairs.negativeAnchor, pairs.negative)]);
      const same = zeros(scores.shape, { dtype: 'bool', device: rows.device });
      same.narrow(0, 0, positives.numel()).fill_(true);
      return { scores, same, similarity: isSimilarity(distance) };
    }),
  );
}

/**
 * The scores of all pairs that labels make: each pair of two rows once; with a reference or a relation, each row with each
 * candidate. They are measured a block of rows at a time, and take 5 bytes a pair in float32.
 *
 * @param embeddings `[N, D]`
 * @param labels int64 `[N]`, or a relation, whose pairs count the same whatever their weights.
 */
export function scoreAllPairs(
  embeddings: Tensor,
  labels: Labels,
  {
    reference = embeddings,
    referenceLabels,
    distance = new LpDistance({ normalizeEmbeddings: false }),
  }: AllPairScoresOptions = {},
): PairScores {
  expectEmbeddings('scoreAllPairs: embeddings', embeddings);
  expectEmbeddings('scoreAllPairs: reference', reference);
  const relation = relationOf('scoreAllPairs', labels, embeddings, reference, referenceLabels);
  const halved = !(labels instanceof Relation) && relation.self === 0;
  return noGrad(() =>
    scope(() => {
      const [rows, columns] = [widened(embeddings), widened(reference)];
      const none = zeros([0], { dtype: rows.dtype, device: rows.device });
      const blocks = [{ scores: none, same: none.bool() }];
      for (const [begin, length] of rowBlocks(relation.rows, rowsPerBlock(relation.columns))) {
        const measure = () => {
          const { positives, negatives } = relation.block(begin, length);
          let takesPart = positives.logicalOr(negatives);
          if (halved) takesPart = takesPart.triu(begin + 1);
          const values = distance.matrix(rows.narrow(0, begin, length), columns);
          return { scores: values.maskedSelect(takesPart), same: positives.maskedSelect(takesPart) };
        };
        blocks.push(scope(measure));
      }
      const join = (name: 'scores' | 'same') => cat(blocks.map((block) => block[name]));
      return { scores: join('scores'), same: join('same'), similarity: isSimilarity(distance) };
    }),
  );
}
