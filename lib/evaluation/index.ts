/** `torch.evaluation`: how good an embedding is, by its nearest neighbours, its clusters and its pairs. */
export type { Accuracies, DefaultMetric } from './accuracies.ts';
export { AccuracyCalculator, type AccuracyCalculatorOptions, type AccuracyOptions } from './accuracy-calculator.ts';
export { type Clusters, type KMeansOptions, kMeans } from './k-means.ts';
export type { ClusteringMetric, ClusteringValues, Metric, RetrievalMetric, RetrievalValues } from './metric.ts';
export { adjustedMutualInformation, normalizedMutualInformation } from './mutual-information.ts';
export { type NearestNeighbors, type NearestNeighborsOptions, nearestNeighbors } from './nearest-neighbors.ts';
export {
  type AllPairScoresOptions,
  type PairScores,
  type PairScoresOptions,
  scoreAllPairs,
  scorePairs,
} from './pair-scores.ts';
export type { LabelComparison } from './relevance.ts';
export { type RocPoints, type ThresholdCriterion, VerificationCurve } from './verification-curve.ts';
export { type VerificationAccuracy, VerificationThreshold } from './verification-threshold.ts';
