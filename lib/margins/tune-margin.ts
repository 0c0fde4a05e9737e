/** Tries margins and keeps the best. */

import { expectOneOf } from '../arguments.ts';
import { describeValue } from '../errors.ts';

/** What came of one margin. */
export interface MarginTrial {
  readonly margin: number;
  /** What validation said. */
  readonly score: number;
  readonly seconds: number;
}

export interface TunedMargin {
  readonly best: MarginTrial;
  /** Every trial, by ascending margin. */
  readonly table: readonly MarginTrial[];
}

export interface TuneMarginOptions {
  /** Which scores are good; `'higher'` by default. */
  better?: 'higher' | 'lower';
  /** How often the best margin's neighbourhood is tried too, half way to the margins beside it; 0 by default. */
  refine?: number;
  /** Told of each trial as it ends. */
  onTrial?(trial: MarginTrial): void;
}

/**
 * Trains once for each margin and returns the one whose validation is best, with the table of all. A trial that ends with NaN
 * is worse than any other.
 *
 * @param margins to try; of equal scores the first one given wins.
 * @param train trains with a margin and returns its score on validation data. Seed it, so that margins differ in nothing else.
 * @throws RangeError without margins, TypeError for a score that is no number.
 * @example
 * const { best, table } = await torch.margins.tuneMargin([0.05, 0.1, 0.2, 0.4], (margin) => {
 *   torch.manualSeed(0);
 *   const model = train(new torch.losses.TripletMarginLoss({ margin }));
 *   return new torch.evaluation.AccuracyCalculator().getAccuracy(model(x), y).meanAveragePrecisionAtR;
 * });
 */
export async function tuneMargin(
  margins: readonly number[],
  train: (margin: number) => number | Promise<number>,
  { better = 'higher', refine = 0, onTrial }: TuneMarginOptions = {},
): Promise<TunedMargin> {
  if (!Array.isArray(margins) || margins.length === 0 || !margins.every(Number.isFinite)) {
    throw new RangeError(`tuneMargin: margins must be numbers, at least one, got ${describeValue(margins)}`);
  }
  expectOneOf('tuneMargin: better', better, ['higher', 'lower']);
  const trials: MarginTrial[] = [];
  const worth = ({ score }: MarginTrial) => {
    if (Number.isNaN(score)) return Number.NEGATIVE_INFINITY;
    return better === 'higher' ? score : -score;
  };
  const attempt = async (margin: number) => {
    if (trials.some((each) => each.margin === margin)) return;
    const begin = performance.now();
    const score = await train(margin);
    if (typeof score !== 'number') {
      throw new TypeError(`tuneMargin: train must return a number, got ${describeValue(score)}`);
    }
    const trial = { margin, score, seconds: (performance.now() - begin) / 1000 };
    trials.push(trial);
    onTrial?.(trial);
  };
  const best = () => trials.reduce((a, b) => (worth(b) > worth(a) ? b : a));
  const sorted = () => [...trials].sort((a, b) => a.margin - b.margin);
  for (const margin of margins) await attempt(margin);
  for (let round = 0; round < refine; round++) {
    const table = sorted();
    const at = table.indexOf(best());
    const middle = (table[at] as MarginTrial).margin;
    for (const beside of [table[at - 1], table[at + 1]]) {
      if (beside !== undefined) await attempt((middle + beside.margin) / 2);
    }
  }
  return { best: best(), table: sorted() };
}
