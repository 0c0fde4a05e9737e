/** Asks one question: trials of all contestants, interleaved, and the comparison of what they measured. */

import { type Program, prepare } from './programs.ts';
import type { Comparison, Contestant, Question, Rival } from './question.ts';
import { ratios, type Spread, sameNumber, spreadOf } from './ratio.ts';
import { runTrial, type Trial } from './trial.ts';

/** One line of the report. */
export interface Line {
  readonly title: string;
  /** Undefined for a limit on our own value. */
  readonly rival: Rival | undefined;
  readonly unit: Comparison['unit'];
  /** Medians over the trials. */
  readonly ours: number;
  readonly theirs: number | undefined;
  /** Ours over theirs, trial by trial; our own values for a limit. */
  readonly spread: Spread;
  readonly values: readonly number[];
  readonly target: number | undefined;
  readonly pass: boolean | undefined;
  /** How far the median batch lay above the fastest: 1 on a quiet machine. */
  readonly noise: number;
}

export interface Answer {
  readonly name: string;
  readonly asks: string;
  readonly trials: number;
  readonly lines: readonly Line[];
  /** Who did not take part, and why. */
  readonly skipped: Readonly<Partial<Record<Contestant, string>>>;
  /** Results in which a rival differs from us: its ratios compare different work. */
  readonly disagreements: readonly string[];
}

type Trials = Partial<Record<Contestant, Trial[]>>;

/** Runs `trials` fresh processes of every contestant; `progress` hears of each. */
export async function hold(question: Question, trials: number, progress: (step: string) => void): Promise<Answer> {
  const skipped: Partial<Record<Contestant, string>> = {};
  const ready: { contestant: Contestant; program: Exclude<Program, { missing: string }> }[] = [];
  const measured: Trials = {};
  for (const contestant of ['ours', ...question.rivals] as const) {
    progress(`preparing ${contestant}`);
    const program = prepare(question, contestant);
    if ('missing' in program) skipped[contestant] = program.missing;
    else ready.push({ contestant, program });
  }
  for (let trial = 1; trial <= trials; trial++) {
    // Every second round goes backwards, so that a machine that slows down favours nobody.
    const order = trial % 2 === 1 ? [...ready] : [...ready].reverse();
    for (const { contestant, program } of order) {
      // Without ours there is nothing to compare.
      if (skipped[contestant] !== undefined || skipped.ours !== undefined) continue;
      progress(`trial ${trial} of ${trials}, ${contestant}`);
      try {
        const result = await runTrial(program);
        measured[contestant] ??= [];
        measured[contestant].push(result);
      } catch (error) {
        skipped[contestant] = (error as Error).message;
        delete measured[contestant];
      }
    }
  }
  return judge(question, trials, measured, skipped);
}

/** Compares what the contestants measured. */
export function judge(question: Question, trials: number, measured: Trials, skipped: Answer['skipped']): Answer {
  const lines: Line[] = [];
  const disagreements: string[] = [];
  const { ours } = measured;
  const { name, asks } = question;
  if (ours === undefined) return { name, asks, trials, lines, skipped, disagreements };
  for (const comparison of question.comparisons) {
    const mine = column(ours, comparison.ours);
    const { title, unit, limit } = comparison;
    if (limit !== undefined) {
      const spread = spreadOf(mine.best);
      const values = mine.best;
      const { noise } = mine;
      const pass = spread.median <= limit;
      lines.push({
        title,
        rival: undefined,
        unit,
        ours: spread.median,
        theirs: undefined,
        spread,
        values,
        target: limit,
        pass,
        noise,
      });
    }
    for (const [rival, { row, target }] of Object.entries(comparison.rivals) as [
      Rival,
      { row: string; target?: number },
    ][]) {
      const trialsOfRival = measured[rival];
      if (trialsOfRival === undefined) continue;
      const other = column(trialsOfRival, row);
      const values = ratios(mine.best, other.best);
      const spread = spreadOf(values);
      lines.push({
        title,
        rival,
        unit,
        ours: spreadOf(mine.best).median,
        theirs: spreadOf(other.best).median,
        spread,
        values,
        target,
        pass: target === undefined ? undefined : spread.median <= target,
        noise: Math.max(mine.noise, other.noise),
      });
    }
  }
  for (const rival of question.rivals) {
    for (const [number, value] of Object.entries(ours[0]?.numbers ?? {})) {
      const theirs = measured[rival]?.[0]?.numbers[number];
      if (theirs === undefined || sameNumber(value, theirs)) continue;
      disagreements.push(`${number}: ours ${value}, ${rival} ${theirs}`);
    }
  }
  return { name, asks, trials, lines, skipped, disagreements };
}

function column(trials: readonly Trial[], row: string): { best: number[]; noise: number } {
  const timings = trials.map(({ rows }) => {
    const timing = rows[row];
    if (timing === undefined) throw new Error(`no row '${row}' was measured, only ${Object.keys(rows).join(', ')}`);
    return timing;
  });
  return {
    best: timings.map(({ best }) => best),
    noise: spreadOf(timings.map(({ best, median }) => median / best)).median,
  };
}
