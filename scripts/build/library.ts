/** Builds `dist/`: declarations by the TypeScript compiler, JavaScript by the bundler. */

import { realpathSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.ts';
import { type NativeBuild, run } from './native.ts';

const ROOT = resolve(fileURLToPath(import.meta.url), '../../..');

export async function buildLibrary(options: Omit<NativeBuild, 'libtorch'> = {}): Promise<void> {
  const { root = ROOT } = options;
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  await run(process.execPath, [compiler, '-p', 'tsconfig.build.json'], options);
  await bundle(root);
}

// Node resolves links in a module's URL, and not in the program's name.
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url))
  await buildLibrary();
