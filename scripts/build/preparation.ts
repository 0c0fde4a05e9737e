// The stages of `prepare`. One line each when all is well; what went wrong goes to standard error, because npm shows
// nothing else.
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Libtorch } from '../../lib/libtorch.ts';
import { obtainLibtorch } from '../libtorch/install.ts';
import { interruptible } from '../libtorch/interruption.ts';
import { showProgress } from '../libtorch/progress.ts';
import { buildLibrary } from './library.ts';
import { buildNative } from './native.ts';
import { missingTools } from './toolchain.ts';

const ROOT = resolve(fileURLToPath(import.meta.url), '../../..');

/** Makes a checkout ready to use: checks the tools, gets libtorch, builds the addon if it is out of date, and `dist/`. */
export async function prepare(root = ROOT): Promise<void> {
  await interruptible(async (signal) => {
    const current = isCurrent(join(root, 'build/Release/hinge.node'), ['binding', 'CMakeLists.txt'], root);
    if (!current) {
      await stage('toolchain', async () => {
        const missing = missingTools();
        if (missing.length > 0) throw new Error(missing.join('\n'));
        return 'a C++20 compiler, cmake and a make';
      });
    }
    let libtorch: Libtorch | undefined;
    await stage('libtorch', async () => {
      libtorch = await obtainLibtorch({ report: showProgress(process.stderr), showPip: process.stderr.isTTY, signal });
      return `${libtorch.version} (${libtorch.source}) ${libtorch.root}`;
    });
    await stage('native', async () => {
      if (current) return 'build/Release/hinge.node is up to date';
      await buildNative({ root, libtorch: libtorch?.root, quiet: true, signal });
      return 'build/Release/hinge.node';
    });
    await stage('library', async () => {
      await buildLibrary({ root, quiet: true, signal });
      return 'dist/';
    });
  });
}

async function stage(name: string, work: () => Promise<string>): Promise<void> {
  const start = performance.now();
  const result = await work();
  console.log(`${name.padEnd(10)}${((performance.now() - start) / 1000).toFixed(1).padStart(6)} s  ${result}`);
}

/** Whether the file `output` is newer than each file of `inputs` (files or folders below `root`). */
export function isCurrent(output: string, inputs: readonly string[], root: string): boolean {
  const built = statSync(output, { throwIfNoEntry: false })?.mtimeMs;
  return built !== undefined && inputs.every((input) => newest(join(root, input)) < built);
}

function newest(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}
