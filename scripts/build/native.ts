// Builds the addon with cmake-js against the libtorch that is found: build/Release/hinge.node and its loader.
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findLibtorch } from '../../lib/libtorch.ts';

const ROOT = resolve(fileURLToPath(import.meta.url), '../../..');
/** Compiling libtorch's headers takes about 2 GB a job. `CMAKE_BUILD_PARALLEL_LEVEL` overrides it. */
const JOBS = '2';

/** How to build; every field has a default. */
export interface NativeBuild {
  /** The package root. */
  root?: string;
  /** The libtorch folder; the one that `findLibtorch` finds by default. */
  libtorch?: string;
  /** Start from an empty build folder. */
  fresh?: boolean;
  debug?: boolean;
  arch?: string;
  env?: NodeJS.ProcessEnv;
  /** Collect the output and show it only if the build fails. */
  quiet?: boolean;
  signal?: AbortSignal;
}

/**
 * Configures and builds. `cmake-js compile` would do both, but it does not configure again when libtorch has moved, and
 * it answers a compiler error with a second full build.
 */
export async function buildNative(build: NativeBuild = {}): Promise<void> {
  const { root = ROOT, libtorch = findLibtorch({ headers: true, env: build.env }).root, env = process.env } = build;
  if (build.fresh || isStale(root, libtorch)) rmSync(join(root, 'build'), { recursive: true, force: true });
  const cmake = join(root, 'node_modules/cmake-js/bin/cmake-js');
  const common = [...(build.debug ? ['--debug'] : []), ...(build.arch ? ['--arch', build.arch] : [])];
  const defined = ['CMAKE_PREFIX_PATH', 'HINGE_LIBTORCH'].map((name) => `--CD${name}=${libtorch}`);
  const parallel = env.CMAKE_BUILD_PARALLEL_LEVEL ? [] : ['--parallel', JOBS];
  await run(process.execPath, [cmake, 'configure', ...common, ...defined], { ...build, root });
  await run(process.execPath, [cmake, 'build', ...common, ...parallel], { ...build, root });
}

/** Runs a program in the package root; when `quiet`, its output goes to standard error only if it fails. */
export async function run(program: string, args: readonly string[], options: NativeBuild): Promise<void> {
  const { root, env = process.env, quiet, signal } = options;
  const child = spawn(program, args, { cwd: root, env, signal, stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit' });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => output.push(chunk));
  await new Promise<void>((done, fail) => {
    child.once('error', fail);
    child.once('close', (status, killer) => {
      if (status === 0) return done();
      process.stderr.write(Buffer.concat(output));
      fail(new Error(`${args.slice(0, 2).join(' ')} failed (${killer ?? `exit code ${status}`})`));
    });
  });
}

// CMake keeps in its cache where it found things: after a move of libtorch or of the checkout that is wrong.
function isStale(root: string, libtorch: string): boolean {
  let cache: string;
  try {
    cache = readFileSync(join(root, 'build/CMakeCache.txt'), 'utf8');
  } catch {
    return false;
  }
  const cached = (name: string) => cache.match(new RegExp(`^${name}:\\w+=(.*)$`, 'm'))?.[1];
  return cached('HINGE_LIBTORCH') !== libtorch || cached('CMAKE_HOME_DIRECTORY') !== root;
}

/** Builds as the command line says: `[build|rebuild] [--root folder] [--libtorch folder] [--arch name] [--debug]`. */
export async function main(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      root: { type: 'string' },
      libtorch: { type: 'string' },
      arch: { type: 'string' },
      debug: { type: 'boolean' },
    },
  });
  try {
    await buildNative({ ...values, fresh: positionals[0] === 'rebuild' });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
