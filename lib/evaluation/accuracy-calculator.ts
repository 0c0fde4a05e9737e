/** How well nearest neighbours agree with labels. */

import { noGrad } from '../autograd/modes.ts';
import { unique } from '../composite.ts';
import type { Distance } from '../distances/distance.ts';
import { LpDistance } from '../distances/lp-distance.ts';
import { expectLabels, widened } from '../embeddings.ts';
import { describeValue } from '../errors.ts';
import { type Labels, Relation, relationOf } from '../relation.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { type Accuracies, ClassMeans, type DefaultMetric } from './accuracies.ts';
import { kMeans } from './k-means.ts';
import { type ClusteringMetric, isClusteringMetric, type Measure, type Metric, measureOf } from './metric.ts';
import { adjustedMutualInformation, normalizedMutualInformation } from './mutual-information.ts';
import { expectSearchable } from './nearest-search.ts';
import { measureRankings } from './rankings.ts';
import {
  expectComparableLabels,
  type LabelComparison,
  type Relevance,
  relevanceOfComparison,
  relevanceOfLabels,
  relevanceOfRelation,
} from './relevance.ts';

export interface AccuracyCalculatorOptions<M extends Metric = DefaultMetric, PerClass extends boolean = false> {
  /** What to measure; precision@1, R-precision and MAP@R by default, which need no whole ranking and no clusters. */
  include?: readonly M[];
  /**
   * How many neighbours are looked at: a number; `'max bin count'`, as many as the largest class has right answers; or null,
   * as many as the metrics ask for, by default. Metrics named `…AtK` look at K.
   */
  k?: number | null | 'max bin count';
  /** Whether means are taken within each class first, so that each class counts the same; false by default. */
  avgOfAvgs?: boolean;
  /** Whether the mean of each class is returned instead; false by default. */
  returnPerClass?: PerClass;
  /** Tells right answers from wrong ones by labels, which may then be of any dtype and `[N, …]`; equality by default. */
  labelComparison?: LabelComparison | null;
  /** Euclidean between the embeddings as they are by default. */
  distance?: Distance;
  /** The cluster of each row, int64 `[N]`, for NMI and AMI; those of `kMeans` by default. */
  clustering?: (embeddings: Tensor, clusters: number) => Tensor;
}

export interface AccuracyOptions {
  /** The set that neighbours come from; the query set itself, without the query, by default. */
  reference?: Tensor;
  /** int64 `[M]`; none where a relation is given in place of labels. */
  referenceLabels?: Tensor;
  /** Row i of the reference is row i of the query, which is then no neighbour of itself. */
  refIncludesQuery?: boolean;
}

const defaultMetrics: readonly DefaultMetric[] = ['precisionAt1', 'rPrecision', 'meanAveragePrecisionAtR'];

/**
 * Retrieval and clustering accuracies of embeddings (pytorch-metric-learning's `AccuracyCalculator`; MAP@R: Musgrave,
 * Belongie, Lim 2020, "A Metric Learning Reality Check"). Labels are compared as int64; ties are ranked by row. Rankings are
 * made and measured a block of queries at a time.
 *
 * @throws RangeError for a metric or a k that is none; TypeError for options that exclude each other.
 * @example
 * const calculator = new torch.evaluation.AccuracyCalculator({ include: ['precisionAt1', 'recallAt10', 'NMI'] });
 * const { precisionAt1, recallAt10, NMI } = calculator.getAccuracy(embeddings, labels);
 */
export class AccuracyCalculator<M extends Metric = DefaultMetric, PerClass extends boolean = false> {
  readonly include: readonly M[];
  readonly k: number | null | 'max bin count';
  readonly avgOfAvgs: boolean;
  readonly returnPerClass: boolean;
  readonly labelComparison: LabelComparison | null;
  readonly distance: Distance;
  readonly clustering: (embeddings: Tensor, clusters: number) => Tensor;
  readonly #measures: ReadonlyMap<string, Measure>;

  constructor({
    include = defaultMetrics as readonly M[],
    k = null,
    avgOfAvgs = false,
    returnPerClass = false as PerClass,
    labelComparison = null,
    distance = new LpDistance({ normalizeEmbeddings: false }),
    clustering = (embeddings, clusters) => kMeans(embeddings, clusters).assignments,
  }: AccuracyCalculatorOptions<M, PerClass> = {}) {
    if (k !== null && k !== 'max bin count' && (!Number.isSafeInteger(k) || k < 1)) {
      const expected = "a positive integer or null, or 'max bin count'";
      throw new RangeError(`AccuracyCalculator: k must be ${expected}, got ${describeValue(k)}`);
    }
    if (!Array.isArray(include)) {
      throw new TypeError(`AccuracyCalculator: include must be an array of names, got ${describeValue(include)}`);
    }
    if (avgOfAvgs && returnPerClass) {
      throw new TypeError('AccuracyCalculator: avgOfAvgs and returnPerClass exclude each other, got both');
    }
    const clusters = include.find(isClusteringMetric);
    if (clusters !== undefined && labelComparison !== null) {
      throw new TypeError(`AccuracyCalculator: ${clusters} is of classes, and cannot be measured by a labelComparison`);
    }
    const names = include.filter((name) => !isClusteringMetric(name));
    this.#measures = new Map(names.map((name) => [name, measureOf(name as never)]));
    for (const [name, { depth }] of this.#measures) {
      if (typeof k !== 'number' || typeof depth !== 'number' || depth <= k) continue;
      throw new RangeError(`AccuracyCalculator: ${name} looks at ${depth} neighbours, got k = ${k}`);
    }
    this.include = include;
    this.k = k;
    this.avgOfAvgs = avgOfAvgs;
    this.returnPerClass = returnPerClass;
    this.labelComparison = labelComparison;
    this.distance = distance;
    this.clustering = clustering;
  }

  /**
   * @param query `[N, D]`
   * @param queryLabels int64 `[N]`, or a relation of the queries to the reference.
   * @throws DTypeError, ShapeError for labels that are not int64 `[N]`; TypeError for a reference without labels, and for
   * labels without classes where means of classes or clusters are asked for.
   */
  getAccuracy(query: Tensor, queryLabels: Labels, options: AccuracyOptions = {}): Accuracies<M, PerClass> {
    const reference = options.reference ?? query;
    const withoutSelf = options.refIncludesQuery ?? options.reference === undefined;
    expectSearchable('AccuracyCalculator', query, reference, withoutSelf);
    return noGrad(() =>
      scope(() => {
        const relevance = this.#relevance(query, queryLabels, reference, options, withoutSelf);
        const classes = this.#classes(queryLabels);
        const { values, answered } = measureRankings(widened(query), widened(reference), this.#measures, {
          relevance,
          k: this.k,
          distance: this.distance,
          withoutSelf,
        });
        return {
          ...this.#means(values, classes?.index([answered]) ?? null),
          ...this.#clusterAccuracies(query, classes),
          queries: answered.numel(),
        } as Accuracies<M, PerClass>;
      }),
    );
  }

  #relevance(
    query: Tensor,
    labels: Labels,
    reference: Tensor,
    options: AccuracyOptions,
    withoutSelf: boolean,
  ): Relevance {
    if (labels instanceof Relation) {
      return relevanceOfRelation(relationOf('AccuracyCalculator', labels, query, reference), withoutSelf);
    }
    const referenceLabels = options.referenceLabels ?? (options.reference === undefined ? labels : undefined);
    const expectFit = this.labelComparison === null ? expectLabels : expectComparableLabels;
    expectFit('AccuracyCalculator: queryLabels', labels, query);
    if (referenceLabels === undefined) {
      throw new TypeError('AccuracyCalculator: a reference needs referenceLabels, got undefined');
    }
    expectFit('AccuracyCalculator: referenceLabels', referenceLabels, reference);
    if (withoutSelf && !referenceLabels.narrow(0, 0, query.shape[0] as number).equal(labels)) {
      throw new RangeError(
        'AccuracyCalculator: a reference that includes the query begins with its labels, got others',
      );
    }
    return this.labelComparison === null
      ? relevanceOfLabels(labels, referenceLabels, withoutSelf)
      : relevanceOfComparison(labels, referenceLabels, this.labelComparison, withoutSelf);
  }

  /** The class of each query where something asks for it, int64 `[N]`. */
  #classes(labels: Labels): Tensor | null {
    const asking = this.include.find(isClusteringMetric) ?? (this.avgOfAvgs ? 'avgOfAvgs' : 'returnPerClass');
    if (asking === 'returnPerClass' && !this.returnPerClass) return null;
    const classes = labels instanceof Relation ? labels.classes?.labels : labels;
    if (classes?.dtype === 'int64' && classes.shape.length === 1) return classes;
    throw new TypeError(`AccuracyCalculator: ${asking} needs class ids int64 [N], got other labels`);
  }

  #means(values: ReadonlyMap<string, Tensor>, classes: Tensor | null): Record<string, unknown> {
    const grouped = classes !== null && (this.avgOfAvgs || this.returnPerClass) ? new ClassMeans(classes) : null;
    const means: [string, unknown][] = [...values].map(([name, perQuery]) => {
      const averaged = grouped === null ? perQuery : grouped.of(perQuery);
      return [name, this.returnPerClass ? averaged.tolist() : averaged.mean().item()];
    });
    if (grouped !== null && this.returnPerClass) {
      means.push(['classes', Array.from(grouped.classes.toTypedArray() as BigInt64Array)]);
    }
    return Object.fromEntries(means);
  }

  #clusterAccuracies(query: Tensor, classes: Tensor | null): Record<string, number> {
    const names = this.include.filter(isClusteringMetric);
    if (names.length === 0 || classes === null) return {};
    const assignments = this.clustering(query, unique(classes).numel());
    const measures = { NMI: normalizedMutualInformation, AMI: adjustedMutualInformation };
    return Object.fromEntries(names.map((name) => [name, measures[name as ClusteringMetric](classes, assignments)]));
  }
}
