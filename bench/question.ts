/** What a benchmark asks, and of whom. */

export type Rival = 'python' | 'cpp' | 'tfjs';
export type Contestant = 'ours' | Rival;

/** What is compared in one line of the report. */
export interface Comparison {
  readonly title: string;
  /** The row of our own program; `process` is the life of the whole process. */
  readonly ours: string;
  /** The row of each rival's program, and the ratio ours/rival that must not be exceeded. */
  readonly rivals: Readonly<Partial<Record<Rival, { readonly row: string; readonly target?: number }>>>;
  readonly unit: 'time' | 'megabytes';
  /** What our own value must not exceed, whatever the rivals need. */
  readonly limit?: number;
}

export interface Question {
  /** The name of its files: `NAME.ts` is ours, `NAME.py`, `NAME.cc` and `NAME.tfjs.ts` are the rivals'. */
  readonly name: string;
  readonly asks: string;
  /** Those that have a program. */
  readonly rivals: readonly Rival[];
  readonly comparisons: readonly Comparison[];
  /** Fewer trials than the others, where each takes long and varies little. */
  readonly mostTrials?: number;
}
