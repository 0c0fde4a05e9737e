/** One trial: a program in a fresh process, and what it measured. */

import { spawn } from 'node:child_process';
import type { Timing } from './stopwatch.ts';

/** A program that can be run. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Trial {
  readonly rows: Readonly<Record<string, Timing>>;
  /** Results that all contestants must agree on. */
  readonly numbers: Readonly<Record<string, number>>;
}

function isTiming(value: unknown): value is Timing {
  if (typeof value !== 'object' || value === null) return false;
  const { best, median } = value as Partial<Timing>;
  return typeof best === 'number' && best > 0 && typeof median === 'number' && median >= best;
}

/** Reads the last line of a program's output. @throws Error when it is not what a stopwatch prints */
export function parseTrial(output: string): Trial {
  const line = output.trimEnd().split('\n').at(-1) ?? '';
  let parsed: Partial<Trial> | null = null;
  try {
    parsed = JSON.parse(line) as Partial<Trial> | null;
  } catch {
    // Said below.
  }
  const { rows, numbers } = parsed ?? {};
  if (
    typeof rows !== 'object' ||
    typeof numbers !== 'object' ||
    !Object.values(rows).every(isTiming) ||
    !Object.values(numbers).every((number) => typeof number === 'number')
  ) {
    throw new Error(`the last line must hold rows and numbers, got '${line.slice(0, 200)}'`);
  }
  return { rows, numbers };
}

/** The line of a stack trace that names the error: Node's stands at the left, and Python's comes last. */
function gist(complaints: string): string {
  const lines = complaints.trim().split('\n');
  return lines.find((line) => /^\w*(Error|Exception)\b/.test(line)) ?? (lines.at(-1) as string);
}

/** Runs a program and adds the row `process`, the life of the whole process. @throws Error when it fails */
export async function runTrial({ program, args, env }: Command): Promise<Trial> {
  const start = process.hrtime.bigint();
  const child = spawn(program, args, {
    env: { ...process.env, OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let complaints = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  let ended = 0n;
  child.on('exit', () => {
    ended = process.hrtime.bigint();
  });
  const code = await new Promise<number | string | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve(signal ?? status));
  });
  if (code !== 0) throw new Error(`${[program, ...args].join(' ')} ended with ${code}: ${gist(complaints)}`);
  const { rows, numbers } = parseTrial(output);
  const life = Number(ended - start);
  return { rows: { ...rows, process: { best: life, median: life } }, numbers };
}
