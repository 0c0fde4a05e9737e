/** Models that were trained with different losses, side by side. */

import type { Distance } from '../distances/distance.ts';
import type { Tensor } from '../tensor.ts';
import { type Calibration, calibration } from './calibration.ts';
import { scoreMargins, silhouette } from './separation.ts';
import { TripletMargins } from './triplet-margins.ts';

/** What a trained model says about held-out samples. */
export interface LossOutputs {
  /** `[N, K]`: a score for each class; without them a row has no calibration. */
  readonly scores?: Tensor;
  /** `[N, D]`; without them a row says nothing of distances. */
  readonly embeddings?: Tensor;
}

/** One loss. Numbers are NaN where the model gave nothing to measure. */
export interface LossComparison extends Calibration {
  readonly name: string;
  /** By how much the right score exceeds every other, in the mean, over the standard deviation of the scores. */
  readonly scoreMargin: number;
  /** The share of samples whose right score is higher than every other by the wanted margin. */
  readonly satisfied: number;
  /** How tight and far apart classes are: `silhouette`. */
  readonly silhouette: number;
  /** The margin between distances that 5 % and 50 % of all triplets do not reach. */
  readonly lowMargin: number;
  readonly medianMargin: number;
  /** The share of triplets whose negative is as near as the positive, or nearer. */
  readonly hard: number;
}

export interface CompareLossesOptions {
  /** What a score margin is wanted to be; 1 by default, as hinges have it. */
  margin?: number;
  /** Bins of the calibration error; 15 by default. */
  bins?: number;
  /** Between embeddings: Euclidean between normalised embeddings by default. */
  distance?: Distance;
}

const uncalibrated: Calibration = { accuracy: NaN, nll: NaN, brier: NaN, ece: NaN };

/**
 * What the losses of several models come to, on the same held-out samples: accuracy, calibration (which cross-entropy is good
 * at) and separation (which margins are good at).
 *
 * @param trials by name: outputs, or functions that train a model and return its outputs, called one after the other.
 * @param labels int64 `[N]`, class ids.
 * @example
 * const rows = await torch.margins.compareLosses(
 *   { 'cross-entropy': () => outputsOf(train(new nn.CrossEntropyLoss())), hinge: () => outputsOf(train(new nn.MultiMarginLoss())) },
 *   labels,
 * );
 * console.table(rows);
 */
export async function compareLosses(
  trials: Readonly<Record<string, LossOutputs | (() => LossOutputs | Promise<LossOutputs>)>>,
  labels: Tensor,
  { margin = 1, bins = 15, distance }: CompareLossesOptions = {},
): Promise<LossComparison[]> {
  const rows: LossComparison[] = [];
  for (const [name, trial] of Object.entries(trials)) {
    const { scores, embeddings } = typeof trial === 'function' ? await trial() : trial;
    if (scores === undefined && embeddings === undefined) {
      throw new TypeError(`compareLosses: ${name} must give scores, embeddings or both, got neither`);
    }
    rows.push({
      name,
      ...(scores === undefined ? uncalibrated : calibration(scores, labels, { bins })),
      ...ofScores(scores, labels, margin),
      ...ofEmbeddings(embeddings, labels, distance),
    });
  }
  return rows;
}

function ofScores(scores: Tensor | undefined, labels: Tensor, margin: number) {
  if (scores === undefined) return { scoreMargin: NaN, satisfied: NaN };
  const margins = scoreMargins(scores, labels).double();
  const scale = scores.detach().double().std().item() as number;
  return {
    scoreMargin: (margins.mean().item() as number) / scale,
    satisfied: margins.ge(margin).double().mean().item() as number,
  };
}

function ofEmbeddings(embeddings: Tensor | undefined, labels: Tensor, distance: Distance | undefined) {
  if (embeddings === undefined) return { silhouette: NaN, lowMargin: NaN, medianMargin: NaN, hard: NaN };
  const triplets = new TripletMargins(embeddings, labels, distance === undefined ? {} : { distance });
  return {
    silhouette: silhouette(embeddings, labels, { distance: triplets.distance }),
    lowMargin: triplets.quantile(0.05),
    medianMargin: triplets.quantile(0.5),
    hard: triplets.counts(Math.max(0, triplets.range()[1])).hard / triplets.total,
  };
}
