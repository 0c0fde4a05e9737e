/** Node of other majors for tests that must hold on each: the npm package `node` carries a binary per version. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const majors = [20, 22, 24] as const;

const cache = fileURLToPath(new URL('../../node_modules/.cache/hinge-node/', import.meta.url));

/** A program, or why there is none. */
export type NodeProgram = { path: string } | { reason: string };

/** The newest Node of a major, fetched once; the running one where its major is the same. */
export function nodeOfMajor(major: number): NodeProgram {
  if (Number(process.versions.node.split('.')[0]) === major) return { path: process.execPath };
  const folder = join(cache, String(major));
  const path = join(folder, 'node_modules', 'node', 'bin', 'node');
  if (existsSync(path)) return { path };
  // Another name until it is whole: an interrupted installation is not taken for a good one.
  const unfinished = join(cache, `${major}-${process.pid}`);
  try {
    mkdirSync(unfinished, { recursive: true });
    writeFileSync(join(unfinished, 'package.json'), '{ "private": true }\n');
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', `node@${major}`], {
      cwd: unfinished,
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 300_000,
    });
    rmSync(folder, { recursive: true, force: true });
    renameSync(unfinished, folder);
    return existsSync(path)
      ? { path }
      : { reason: `the npm package node@${major} holds no bin/node for this platform` };
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    return { reason: `npm cannot fetch node@${major}: ${stderr || String(error)}` };
  }
}
