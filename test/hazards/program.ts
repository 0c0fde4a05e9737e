/** Programs in processes of their own, for what could end a process or needs a fresh one. */

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

export const root = fileURLToPath(new URL('../..', import.meta.url));

const tsx = import.meta.resolve('tsx');

export interface Ended {
  /** null when a signal ended it, as a crash does. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  /** The node to run it; the running one when not given. */
  node?: string;
  flags?: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** The working folder; the repository's root when not given. */
  cwd?: string;
  /** Milliseconds, after which it counts as hanging and is killed. */
  limit?: number;
}

/** Runs the source of a module that sees the library as `torch` and its native exports as `native`. */
export function runProgram(source: string, options: ProgramOptions = {}): Promise<Ended> {
  const library = new URL('../../lib/', import.meta.url).href;
  const prelude = [
    `import * as torch from '${library}index.ts';`,
    `import { native, words, reserve, useFrame } from '${library}native.ts';`,
    `import { wrap } from '${library}tensor.ts';`,
    "import { readFileSync } from 'node:fs';",
    "import { Worker } from 'node:worker_threads';",
    '',
  ].join('\n');
  return runNode(['--input-type=module', '--eval', prelude + source], options);
}

/** Runs node with TypeScript and `gc` in the root folder. */
export function runNode(args: readonly string[], options: ProgramOptions = {}): Promise<Ended> {
  const child = spawn(
    options.node ?? process.execPath,
    [`--import=${tsx}`, '--expose-gc', ...(options.flags ?? []), ...args],
    {
      cwd: options.cwd ?? root,
      env: { ...process.env, NODE_OPTIONS: '', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.limit ?? 60_000,
      killSignal: 'SIGKILL',
    },
  );
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** Fails with what the program wrote unless it ended with this code; a signal is a crash, or a hang where it is SIGKILL. */
export function expectEnd(ended: Ended, code = 0): void {
  const { signal, stdout, stderr } = ended;
  if (ended.code === code) return;
  const how = signal === null ? `with code ${ended.code}` : `by ${signal}`;
  expect.fail(`the program ended ${how} instead of with code ${code}\n${stdout.slice(-2000)}\n${stderr.slice(-4000)}`);
}

/** The last line of standard output, parsed: what the program reports. */
export function reportOf(ended: Ended): unknown {
  expectEnd(ended);
  return JSON.parse(ended.stdout.trim().split('\n').at(-1) ?? '');
}
