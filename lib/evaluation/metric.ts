/** What the accuracy calculator measures: names, and how each is computed from a ranking. */

import { describeValue } from '../errors.ts';
import { arange } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';

/**
 * Means over the queries that have a right answer, each in `[0, 1]`. R is how many right answers a query has, and
 * `rel(i)` is 1 where its i-th neighbour is one of them.
 */
export interface RetrievalValues {
  /** The share of queries whose nearest neighbour is right. */
  readonly precisionAt1: number;
  /** The share of right answers among the R nearest. */
  readonly rPrecision: number;
  /** MAP: `1/R * sum_i rel(i) * precision at i`, over the whole ranking, or its first k. */
  readonly meanAveragePrecision: number;
  /** MAP@R: `1/R * sum_{i=1..R} rel(i) * precision at i`. */
  readonly meanAveragePrecisionAtR: number;
  /** MRR: 1 over the rank of the first right answer; 0 where there is none among k. */
  readonly meanReciprocalRank: number;
  /** nDCG: `sum_i gain(i) / log2(i + 1)`, over what the best order has; the gain is `rel(i)`, or a relation's weight. */
  readonly ndcg: number;
  /** The share of right answers among the k nearest: `1/k * sum_{i=1..k} rel(i)`. */
  readonly [precisionAtK: `precisionAt${number}`]: number;
  /** The share of the right answers that are among the k nearest: `1/R * sum_{i=1..k} rel(i)`. */
  readonly [recallAtK: `recallAt${number}`]: number;
  /** The share of queries with a right answer among the k nearest. */
  readonly [hitRateAtK: `hitRateAt${number}`]: number;
  /** Another name of `hitRateAtK`: the cumulative match characteristic at rank k, "Recall@k" in metric learning. */
  readonly [cmcAtK: `cmcAt${number}`]: number;
  /** nDCG of the k nearest. */
  readonly [ndcgAtK: `ndcgAt${number}`]: number;
}

/** Of k-means clusters of the queries, as many as there are classes, against the classes. */
export interface ClusteringValues {
  /** Normalized mutual information, see `normalizedMutualInformation`. */
  readonly NMI: number;
  /** Adjusted mutual information, see `adjustedMutualInformation`. */
  readonly AMI: number;
}

export type RetrievalMetric = keyof RetrievalValues;
export type ClusteringMetric = keyof ClusteringValues;
export type Metric = RetrievalMetric | ClusteringMetric;

/** What queries found, in order. */
export interface Ranking {
  /** float64 `[Q, c]`: 1 for right answers, 0 for others. */
  readonly hits: Tensor;
  /** float64 `[Q]`: how many right answers there are, at least 1. */
  readonly relevant: Tensor;
  /** float64 `[Q, c]`, or null where hits are the gains. */
  readonly gains: Tensor | null;
  readonly idealGains: Tensor | null;
}

export interface Measure {
  /** How many neighbours it looks at: a number, as many as there are right answers, or all. */
  readonly depth: number | 'R' | 'all';
  /** `[Q]`, of at most the first `window` columns. */
  measure(ranking: Ranking, window: number): Tensor;
}

const columnsOf = (tensor: Tensor, window: number) => tensor.narrow(1, 0, Math.min(window, tensor.shape[1] as number));

const ranks = (hits: Tensor) => arange(1, (hits.shape[1] as number) + 1, { dtype: 'float64', device: hits.device });

/** Each hit's precision: the share of hits up to it. */
const precisions = (hits: Tensor) => hits.cumsum(1).div(ranks(hits)).mul(hits);

/** The first R hits of each query, and R; no more than the window. */
function untilR({ hits, relevant }: Ranking, window: number): { hits: Tensor; wanted: Tensor } {
  const seen = columnsOf(hits, window);
  const wanted = relevant.clampMax(seen.shape[1] as number);
  return { hits: seen.mul(ranks(seen).le(wanted.unsqueeze(1))), wanted };
}

function ndcg({ hits, relevant, gains, idealGains }: Ranking, window: number): Tensor {
  const seen = columnsOf(gains ?? hits, window);
  const rank = ranks(seen);
  const discounts = rank.add(1).log2().reciprocal();
  const ideal = idealGains === null ? rank.le(relevant.unsqueeze(1)).double() : columnsOf(idealGains, window);
  return seen.mul(discounts).sum(1).div(ideal.mul(discounts).sum(1));
}

const whole: Readonly<Record<string, Measure>> = {
  rPrecision: {
    depth: 'R',
    measure(ranking, window) {
      const { hits, wanted } = untilR(ranking, window);
      return hits.sum(1).div(wanted);
    },
  },
  meanAveragePrecisionAtR: {
    depth: 'R',
    measure(ranking, window) {
      const { hits, wanted } = untilR(ranking, window);
      return precisions(hits).sum(1).div(wanted);
    },
  },
  meanAveragePrecision: {
    depth: 'all',
    measure: ({ hits, relevant }, window) => precisions(columnsOf(hits, window)).sum(1).div(relevant),
  },
  meanReciprocalRank: {
    depth: 'all',
    measure({ hits }, window) {
      const seen = columnsOf(hits, window);
      return seen.div(ranks(seen)).amax([1]);
    },
  },
  ndcg: { depth: 'all', measure: ndcg },
};

const upToK: Readonly<Record<string, (ranking: Ranking, k: number) => Tensor>> = {
  precisionAt: ({ hits }, k) => columnsOf(hits, k).sum(1).div(k),
  recallAt: ({ hits, relevant }, k) => columnsOf(hits, k).sum(1).div(relevant),
  hitRateAt: ({ hits }, k) => columnsOf(hits, k).amax([1]),
  cmcAt: ({ hits }, k) => columnsOf(hits, k).amax([1]),
  ndcgAt: ndcg,
};

export function isClusteringMetric(name: Metric): name is ClusteringMetric {
  return name === 'NMI' || name === 'AMI';
}

/** The measure of a name. @throws RangeError for a name that is none. */
export function measureOf(name: RetrievalMetric): Measure {
  const known = Object.hasOwn(whole, name) ? whole[name] : undefined;
  if (known !== undefined) return known;
  const [, kind = '', digits = ''] = /^(\w+At)([1-9]\d*)$/.exec(String(name)) ?? [];
  const measure = Object.hasOwn(upToK, kind) ? upToK[kind] : undefined;
  const k = Number(digits);
  if (measure === undefined || !Number.isSafeInteger(k)) {
    const names = [...Object.keys(whole), ...Object.keys(upToK).map((each) => `${each}K`), 'NMI', 'AMI'];
    throw new RangeError(
      `AccuracyCalculator: include must name ${names.join(', ')} (K: 1, 2, …), got ${describeValue(name)}`,
    );
  }
  return { depth: k, measure: (ranking) => measure(ranking, k) };
}
