/** Makes the programs of a question ready to run: compiles ours as users run it, and the rivals' with their own tools. */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';
import { findLibtorch, type Libtorch } from '../lib/libtorch.ts';
import { bundle } from '../scripts/build/bundle.ts';
import type { Contestant, Question } from './question.ts';
import type { Command } from './trial.ts';

const bench = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('..', import.meta.url));
const library = join(root, 'lib/');
const built = join(root, 'build', 'bench');

/** A program that is ready, or the reason why it cannot run. */
export type Program = Command | { readonly missing: string };

/** Compiles the library to `dist/`, which is what users run. */
export function compileLibrary(): Promise<void> {
  return bundle(root);
}

/** The program of one contestant. */
export function prepare(question: Question, contestant: Contestant): Program {
  switch (contestant) {
    case 'ours':
      return prepareScript(`${question.name}.ts`);
    case 'python':
      return preparePython(`${question.name}.py`);
    case 'cpp':
      return prepareCpp(`${question.name}.cc`);
    case 'tfjs':
      return prepareTfjs(`${question.name}.tfjs.ts`);
  }
}

function prepareScript(source: string): Command {
  return { program: process.execPath, args: [transpile(join(bench, source))] };
}

/**
 * Plain JavaScript on `dist/`, with the files that it imports: a loader that transforms sources would be measured, too.
 * Returns the program's file, which lies below `build/bench` as its source does below the root.
 */
function transpile(source: string): string {
  const { outputText } = ts.transpileModule(readFileSync(source, 'utf8'), {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
    },
  });
  const code = outputText.replace(/(from\s*)['"](\.[^'"]+)\.js['"]/g, (_, from: string, path: string) => {
    const imported = resolve(dirname(source), path);
    const target = imported.startsWith(library)
      ? join(root, 'dist', `${relative(library, imported)}.js`)
      : transpile(`${imported}.ts`);
    return `${from}${JSON.stringify(pathToFileURL(target).href)}`;
  });
  const target = join(built, relative(root, source).replace(/ts$/, 'js'));
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, code);
  return target;
}

function preparePython(source: string): Program {
  const program = process.env.HINGE_PYTHON || 'python3';
  const { error, status, stdout } = spawnSync(program, ['-c', 'import torch; print(torch.__version__)'], {
    encoding: 'utf8',
  });
  if (error !== undefined) return { missing: `${program} does not run (HINGE_PYTHON names another)` };
  if (status !== 0) return { missing: `${program} has no torch (HINGE_PYTHON names another)` };
  const libtorch = loadableLibtorch();
  const version = stdout.trim();
  if (!('missing' in libtorch) && version.split('+')[0] !== libtorch.version.split('+')[0]) {
    return { missing: `${program} has torch ${version}, and ours is ${libtorch.version}: not the same libtorch` };
  }
  return { program, args: [join(bench, source)] };
}

function prepareTfjs(source: string): Program {
  try {
    createRequire(import.meta.url).resolve('@tensorflow/tfjs');
  } catch {
    return { missing: '@tensorflow/tfjs is not installed' };
  }
  return prepareScript(source);
}

function loadableLibtorch(headers = false): Libtorch | { missing: string } {
  try {
    return findLibtorch({ headers });
  } catch (error) {
    return { missing: (error as Error).message.split('\n')[0] as string };
  }
}

/** Compiled against the libtorch that we run on; a binary is kept until its source or libtorch changes. */
function prepareCpp(source: string): Program {
  const libtorch = loadableLibtorch(true);
  if ('missing' in libtorch) return libtorch;
  const compiler = process.env.CXX || 'g++';
  const include = ['include', 'include/torch/csrc/api/include'].map(
    (folder) => `-isystem${join(libtorch.root, folder)}`,
  );
  const libraries = [`-L${libtorch.lib}`, `-Wl,-rpath,${libtorch.lib}`, '-ltorch', '-ltorch_cpu', '-lc10'];
  const args = ['-std=c++20', '-O2', '-DNDEBUG', ...include, join(bench, source), ...libraries];
  const content = [source, 'stopwatch.h'].map((file) => readFileSync(join(bench, file), 'utf8'));
  const key = createHash('sha256').update(JSON.stringify([compiler, args, libtorch.version, content]));
  const binary = join(built, `${basename(source, '.cc')}-${key.digest('hex').slice(0, 16)}`);
  if (!existsSync(binary)) {
    mkdirSync(built, { recursive: true });
    const partial = `${binary}.${process.pid}`;
    const { error, status, stderr } = spawnSync(compiler, [...args, '-o', partial], { encoding: 'utf8' });
    if (error !== undefined) return { missing: `${compiler} does not run (CXX names another)` };
    if (status !== 0) {
      rmSync(partial, { force: true });
      const reason = stderr.split('\n').find((line) => /error/.test(line)) ?? stderr.trim();
      return { missing: `${compiler} does not compile ${source}: ${reason}` };
    }
    renameSync(partial, binary);
  }
  return { program: binary, args: [] };
}
