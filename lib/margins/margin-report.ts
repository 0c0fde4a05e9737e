/** What a margin monitor has seen, and what there is to worry about. */

import type { TripletCounts } from '../selection/margin-triplets.ts';
import type { Histogram } from './triplet-margins.ts';

/** Of one class, over the observed batches. */
export interface ClassReport {
  readonly label: number;
  /** How often a row of the class was an anchor with triplets. */
  readonly anchors: number;
  readonly violationRate: number;
  /** Mean distances of its rows to others of the class, and to the rest, in the distance's own unit. */
  readonly positiveDistance: number;
  readonly negativeDistance: number;
}

/** Rates are from 0 to 1, and NaN where there was nothing to count. */
export interface MarginReport {
  /** How many batches were observed, of those that the loss has seen. */
  readonly batches: number;
  readonly steps: number;
  /** Of the last batch observed. */
  readonly margin: number;
  /** Of all triplets of the observed batches in the window. */
  readonly counts: TripletCounts;
  readonly violationRate: number;
  /** The rate of each batch in the window, the last one at the end. */
  readonly rates: readonly number[];
  readonly positiveDistance: number;
  readonly negativeDistance: number;
  readonly classes: readonly ClassReport[];
  /** Of each row of the last batch, in its order: the share of its triplets that violate the margin. */
  readonly anchors: readonly number[];
  /** The margins of all triplets of the last batch; null unless asked for. */
  readonly histogram: Histogram | null;
  /** The mean norm of the embeddings, in the last batch and in the first. */
  readonly norm: number;
  readonly firstNorm: number;
  /** How far the last batch is spread out, against its norm: 0 where all rows are one point, about 1 where they are not. */
  readonly spread: number;
  /** Pairs or triplets that a miner gave the loss, a batch in the mean; null where it had none. */
  readonly mined: number | null;
  readonly warnings: readonly MarginWarning[];
}

export type MarginWarningCode =
  | 'FEW_VIOLATIONS'
  | 'MANY_VIOLATIONS'
  | 'NO_TRIPLETS'
  | 'NOTHING_MINED'
  | 'COLLAPSED'
  | 'NORMS_GROW'
  | 'NOT_FINITE';

export interface MarginWarning {
  readonly code: MarginWarningCode;
  /** A sentence or two, for people. */
  readonly message: string;
}

/** When there is something to worry about. */
export interface WarningLimits {
  /** A violation rate below is few; 0.01 by default. */
  few: number;
  /** A violation rate above is many; 0.9 by default. */
  many: number;
  /** How many batches few or many must last; 20 by default. */
  patience: number;
  /** A spread below is a collapse; 0.01 by default. */
  collapsed: number;
  /** By what factor norms may grow; 100 by default. */
  growth: number;
}

export const defaultLimits: Readonly<WarningLimits> = {
  few: 0.01,
  many: 0.9,
  patience: 20,
  collapsed: 0.01,
  growth: 100,
};

const percent = (rate: number) => `${Number((100 * rate).toPrecision(2))} %`;

/** Whether what was asked held for each of the last batches. */
function lasts({ rates }: Pick<MarginReport, 'rates'>, patience: number, holds: (rate: number) => boolean): boolean {
  return rates.length >= patience && rates.slice(-patience).every(holds);
}

/** What a report gives reason to worry about, the worst first. */
export function warningsOf(
  report: Omit<MarginReport, 'warnings'> & { readonly notFinite: number },
  limits: WarningLimits,
): MarginWarning[] {
  const { counts, rates, mined, norm, firstNorm, spread, notFinite, margin, batches } = report;
  const found: MarginWarning[] = [];
  const warn = (code: MarginWarningCode, message: string) => found.push({ code, message });
  if (notFinite > 0) {
    warn(
      'NOT_FINITE',
      `Embeddings of ${notFinite} of ${batches} batches have NaN or infinity in them: lower the learning rate, clip ` +
        'gradients, and look for divisions by 0 in the model.',
    );
  }
  if (spread < limits.collapsed) {
    warn(
      'COLLAPSED',
      `The embeddings of a batch are nearly one point (spread ${spread.toPrecision(2)} of their norm), so that the loss ` +
        'stays at the margin: lower the learning rate, begin with semi-hard negatives in place of the hardest, or add ' +
        'batch normalisation before the embedding.',
    );
  }
  if (norm > limits.growth * firstNorm) {
    warn(
      'NORMS_GROW',
      `The mean norm of the embeddings grew from ${firstNorm.toPrecision(3)} to ${norm.toPrecision(3)}: a margin between ` +
        'embeddings that are not normalised can be met by growing. Normalise them, or penalise their norm.',
    );
  }
  if (counts.total === 0 && batches > 0) {
    warn('NO_TRIPLETS', 'No batch had a triplet: each needs two rows of one class, and one of another.');
  } else if (lasts(report, limits.patience, (rate) => rate < limits.few)) {
    const rate = rates.at(-1) as number;
    warn(
      'FEW_VIOLATIONS',
      `Almost no triplet violates the margin of ${margin} (${percent(rate)}) for ${limits.patience} batches: there is ` +
        'little left to learn from. Raise the margin, mine harder negatives, or stop here.',
    );
  } else if (lasts(report, limits.patience, (rate) => rate > limits.many)) {
    const rate = rates.at(-1) as number;
    warn(
      'MANY_VIOLATIONS',
      `Almost every triplet violates the margin of ${margin} (${percent(rate)}) for ${limits.patience} batches: the margin ` +
        'may be too large for this distance, the model too weak, or the negatives too hard.',
    );
  }
  if (mined === 0) warn('NOTHING_MINED', 'The miner found nothing in any batch of the window.');
  return found;
}
