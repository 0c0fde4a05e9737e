/** The hardest, easiest or semi-hard pairs of each row, by a kernel of our own. */

import type { Distance } from '../distances/distance.ts';
import { isEuclidean, type LpDistance } from '../distances/lp-distance.ts';
import { areFinite } from '../embeddings.ts';
import { overloadFunction } from '../operator.ts';
import type { Tensor } from '../tensor.ts';
import type { Triplets } from '../triplets.ts';
import type { MinerBatch } from './miner.ts';

/** In the order in which binding/kernels/selection.cc numbers them. */
const rules = ['hard', 'easy', 'semihard'] as const;

/** Which pairs of a row are chosen: the `count` that come first by a rule, after those that are skipped. */
export interface PairChoice {
  /**
   * `hard`: the farthest positives, the nearest negatives; `easy`: the reverse; `semihard`: the nearest negatives that are
   * farther than the first chosen positive, or the farthest positives that are nearer than the first chosen negative.
   */
  readonly rule: (typeof rules)[number];
  readonly skip?: number;
  readonly count?: number;
}

/** Columns int64 `[N, count]` of each row, -1 where there are no more. */
export interface SelectedPairs {
  readonly positive: Tensor;
  readonly negative: Tensor;
}

type Kernel = (
  x: Tensor,
  y: Tensor,
  labels: Tensor,
  candidates: Tensor,
  self: number,
  positive: readonly number[],
  negative: readonly number[],
) => [Tensor, Tensor];

let kernel: Kernel | undefined;

const encoded = ({ rule, skip = 0, count = 1 }: PairChoice) => [rules.indexOf(rule), skip, count];

/** Whether `selectPairs` can be asked: Euclidean distances of finite float32 on the CPU, and class ids. */
export function canSelectPairs(
  { embeddings, reference, relation }: MinerBatch,
  distance: Distance,
): distance is LpDistance {
  if (!isEuclidean(distance)) return false;
  if (embeddings.device !== 'cpu' || embeddings.dtype !== 'float32' || relation.classes === undefined) return false;
  return areFinite(embeddings) && (reference === embeddings || areFinite(reference));
}

/**
 * The pairs of each row, compared by distances that are exact to the last digit of a float32, and of equals the one with
 * the lower column. A block of rows at a time: memory grows with the rows, and not with their square.
 */
export function selectPairs(
  { embeddings, reference, relation }: MinerBatch,
  distance: LpDistance,
  positive: PairChoice,
  negative: PairChoice,
): SelectedPairs {
  kernel ??= overloadFunction('hinge', 'select_pairs', '') as Kernel;
  const { labels, reference: candidates } = relation.classes as { labels: Tensor; reference: Tensor };
  const rows = distance.compared(embeddings);
  const columns = reference === embeddings ? rows : distance.compared(reference);
  const self = relation.self ?? -1;
  const results = kernel(rows, columns, labels, candidates, self, encoded(positive), encoded(negative));
  return { positive: results[0], negative: results[1] };
}

/** One positive and one negative of each row that has both. */
export function selectTriplets(
  batch: MinerBatch,
  distance: LpDistance,
  positive: PairChoice['rule'],
  negative: PairChoice['rule'],
): Triplets {
  const selected = selectPairs(batch, distance, { rule: positive }, { rule: negative });
  const [p, n] = [selected.positive.squeeze(1), selected.negative.squeeze(1)];
  const anchor = p.ge(0).logicalAnd_(n.ge(0)).nonzero().squeeze(1);
  return { anchor, positive: p.index([anchor]), negative: n.index([anchor]) };
}
