/** Batches as plain numbers, for definitions of miners written as loops. */

import * as torch from '../../lib/index.ts';
import { isPairs, type Tuples } from '../../lib/pairs.ts';

/** Distances, where small is near, with who is whose positive and negative. */
export interface PlainBatch {
  readonly embeddings: torch.Tensor;
  readonly labels: torch.Tensor;
  readonly call: torch.miners.MinerCall;
  /** `d[row][candidate]` */
  readonly d: readonly (readonly number[])[];
  /** The positives of each row. */
  readonly positives: readonly (readonly number[])[];
  /** The negatives of each row. */
  readonly negatives: readonly (readonly number[])[];
}

export interface PlainOptions {
  readonly rows?: number;
  /** So many candidates of a reference set; the rows themselves by default. */
  readonly columns?: number;
  readonly classes?: number;
  readonly distance?: torch.distances.Distance;
}

/** A random batch in float64, or with a reference of other rows. */
export function plainBatch({ rows = 22, columns, classes = 5, distance }: PlainOptions = {}): PlainBatch {
  const of = distance ?? new torch.distances.LpDistance();
  const embeddings = torch.randn([rows, 3], { dtype: 'float64' });
  const labels = torch.randint(0, classes, [rows], { dtype: 'int64' });
  const reference = columns === undefined ? embeddings : torch.randn([columns, 3], { dtype: 'float64' });
  const referenceLabels = columns === undefined ? labels : torch.randint(0, classes, [columns], { dtype: 'int64' });
  const [own, others] = [labels.tolist() as number[], referenceLabels.tolist() as number[]];
  const which = (holds: (row: number, column: number) => boolean) =>
    own.map((_, row) => others.flatMap((_, column) => (holds(row, column) ? [column] : [])));
  const isSelf = (row: number, column: number) => columns === undefined && row === column;
  return {
    embeddings,
    labels,
    call: columns === undefined ? {} : { reference, referenceLabels },
    d: of.ascending(of.matrix(embeddings, reference)).tolist() as number[][],
    positives: which((i, j) => own[i] === others[j] && !isSelf(i, j)),
    negatives: which((i, j) => own[i] !== others[j]),
  };
}

/** The kinds of batches that every definition is compared on. */
export const plainKinds: Readonly<Record<string, PlainOptions>> = {
  'a batch': {},
  'a batch of few positives': { rows: 12, classes: 9 },
  'a reference': { rows: 9, columns: 17 },
  'a similarity': { distance: new torch.distances.CosineSimilarity() },
  'embeddings that are not normalised': { distance: new torch.distances.LpDistance({ normalizeEmbeddings: false }) },
};

const sorted = (rows: readonly (readonly number[])[]) =>
  rows.map((row) => [...row]).sort((a, b) => a.map((x, i) => x - (b[i] as number)).find((x) => x !== 0) ?? 0);

/** Tuples as sorted rows of numbers. */
export function rowsOf(tuples: Tuples): number[][] | { positives: number[][]; negatives: number[][] } {
  const rows = (...columns: torch.Tensor[]) => sorted(torch.stack(columns, 1).tolist() as number[][]);
  if (!isPairs(tuples)) return rows(tuples.anchor, tuples.positive, tuples.negative);
  return {
    positives: rows(tuples.positiveAnchor, tuples.positive),
    negatives: rows(tuples.negativeAnchor, tuples.negative),
  };
}

/** The candidate of the smallest value, undefined where there is none. */
export function least(candidates: readonly number[], value: (candidate: number) => number): number | undefined {
  let best: number | undefined;
  for (const each of candidates) if (best === undefined || value(each) < value(best)) best = each;
  return best;
}

export { sorted };
