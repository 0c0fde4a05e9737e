/** What `npm run bench -- …` was asked for. */

import { parseArgs } from 'node:util';
import type { Question } from './question.ts';

export interface Wishes {
  readonly questions: readonly Question[];
  readonly trials: number;
  /** The file that takes the results. */
  readonly json: string | undefined;
  /** A missed target makes the exit code 1. */
  readonly check: boolean;
  readonly help: boolean;
}

export const usage = `npm run bench -- [options]
  --only NAME,…   these questions only; the beginning of a name is enough
  --trials N      fresh processes of each program (5)
  --json FILE     writes the results to a file as well
  --check         exit code 1 when a target is missed or could not be measured
Environment: HINGE_PYTHON (the Python that has torch), CXX (the C++ compiler), HINGE_LIBTORCH`;

/** Reads the command line; `all` are the questions there are. @throws Error that says what is wrong with it */
export function readCommandLine(args: readonly string[], all: readonly Question[]): Wishes {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      trials: { type: 'string', default: '5' },
      json: { type: 'string' },
      check: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const trials = Number(values.trials);
  if (!Number.isInteger(trials) || trials < 1) {
    throw new Error(`--trials must be a positive integer, got '${values.trials}'`);
  }
  const { json, check, help } = values;
  return { questions: choose(values.only, all), trials, json, check, help };
}

function choose(only: string | undefined, all: readonly Question[]): readonly Question[] {
  if (only === undefined) return all;
  const wanted = only.split(',').map((name) => name.trim());
  for (const name of wanted) {
    if (name !== '' && all.some((question) => question.name.startsWith(name))) continue;
    throw new Error(`--only must name questions (${all.map((question) => question.name).join(', ')}), got '${name}'`);
  }
  return all.filter((question) => wanted.some((name) => question.name.startsWith(name)));
}
