/** How well nearest neighbours agree with labels. */

import { noGrad } from '../autograd/modes.ts';
import type { Distance } from '../distances/distance.ts';
import { LpDistance } from '../distances/lp-distance.ts';
import { expectEmbeddings, expectLabels } from '../embeddings.ts';
import { describeValue } from '../errors.ts';
import { arange } from '../generated/torch.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { nearestNeighbors } from './nearest-neighbors.ts';

export interface AccuracyCalculatorOptions {
  /**
   * How many neighbours are looked at. By default as many as there are relevant ones, which changes nothing: no metric here
   * looks further.
   */
  k?: number | null;
  /** Euclidean between the embeddings as they are by default. */
  distance?: Distance;
}

export interface AccuracyOptions {
  /** The set that neighbours come from; the query set itself, without the query, by default. */
  reference?: Tensor;
  /** int64 `[M]` */
  referenceLabels?: Tensor;
  /** Row i of the reference is row i of the query, which is then no neighbour of itself. */
  refIncludesQuery?: boolean;
}

/** Means over the queries, each in `[0, 1]`; NaN where no query has a relevant row in the reference. */
export interface Accuracies {
  /** The share of queries whose nearest neighbour has their label. */
  precisionAt1: number;
  /** The share of relevant rows among the R nearest, R being how many relevant rows there are. */
  rPrecision: number;
  /** MAP@R: `1/R * sum_{i=1..R} [i-th neighbour is relevant] * precision at i`. */
  meanAveragePrecisionAtR: number;
  /** How many queries have a relevant row; the others are left out. */
  queries: number;
}

/**
 * precision@1, R-precision and MAP@R (pytorch-metric-learning's `AccuracyCalculator`; MAP@R: Musgrave, Belongie, Lim 2020,
 * "A Metric Learning Reality Check"). Labels are compared as int64; ties are ranked by row.
 *
 * @example
 * const { precisionAt1 } = new torch.evaluation.AccuracyCalculator().getAccuracy(embeddings, labels);
 */
export class AccuracyCalculator {
  readonly k: number | null;
  readonly distance: Distance;

  constructor({ k = null, distance = new LpDistance({ normalizeEmbeddings: false }) }: AccuracyCalculatorOptions = {}) {
    if (k !== null && (!Number.isSafeInteger(k) || k < 1)) {
      throw new RangeError(`AccuracyCalculator: k must be a positive integer or null, got ${describeValue(k)}`);
    }
    this.k = k;
    this.distance = distance;
  }

  /**
   * @param query `[N, D]`
   * @param queryLabels int64 `[N]`
   * @throws DTypeError, ShapeError for labels that are not int64 `[N]`; TypeError for a reference without labels.
   */
  getAccuracy(query: Tensor, queryLabels: Tensor, options: AccuracyOptions = {}): Accuracies {
    const { reference = query, referenceLabels = options.reference === undefined ? queryLabels : undefined } = options;
    const refIncludesQuery = options.refIncludesQuery ?? options.reference === undefined;
    expectEmbeddings('AccuracyCalculator: query', query);
    expectLabels('AccuracyCalculator: queryLabels', queryLabels, query);
    expectEmbeddings('AccuracyCalculator: reference', reference);
    if (referenceLabels === undefined) {
      throw new TypeError('AccuracyCalculator: a reference needs referenceLabels, got undefined');
    }
    expectLabels('AccuracyCalculator: referenceLabels', referenceLabels, reference);
    return noGrad(() => scope(() => this.#measure(query, queryLabels, reference, referenceLabels, refIncludesQuery)));
  }

  #measure(
    query: Tensor,
    queryLabels: Tensor,
    reference: Tensor,
    referenceLabels: Tensor,
    refIncludesQuery: boolean,
  ): Accuracies {
    const relevant = queryLabels.unsqueeze(1).eq(referenceLabels.unsqueeze(0)).sum(1);
    if (refIncludesQuery) relevant.sub_(1);
    const answerable = relevant.gt(0).nonzero().squeeze(1);
    const queries = answerable.numel();
    if (queries === 0) return { precisionAt1: NaN, rPrecision: NaN, meanAveragePrecisionAtR: NaN, queries };
    const most = relevant.max().item() as number;
    const k = Math.min(this.k ?? most, most);
    const { indices } = nearestNeighbors(query, reference, { k, refIncludesQuery, distance: this.distance });
    const found = referenceLabels.index([indices.index([answerable])]);
    const matches = found.eq(queryLabels.index([answerable]).unsqueeze(1));
    const rank = arange(1, matches.shape[1]! + 1, { dtype: 'float64', device: query.device });
    // With a small k no more than k relevant rows can be found.
    const wanted = relevant.index([answerable]).clampMax(matches.shape[1]!).unsqueeze(1);
    const hits = matches.logicalAnd(rank.le(wanted)).to('float64');
    const precision = hits.cumsum(1).div(rank).mul(hits);
    const perQuery = (sums: Tensor) => sums.div(wanted.squeeze(1)).mean().item() as number;
    return {
      precisionAt1: matches.select(1, 0).to('float64').mean().item() as number,
      rPrecision: perQuery(hits.sum(1)),
      meanAveragePrecisionAtR: perQuery(precision.sum(1)),
      queries,
    };
  }
}
