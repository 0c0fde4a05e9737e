/** The JavaScript in `dist/`: the library in few files, because Node takes half a millisecond for each that it loads. */

import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { type Plugin, rollup } from 'rollup';
import ts from 'typescript';

/** Folders of the library whose modules become one file each; all others become one file together. */
const parts = new Set(
  (
    'amp data distances evaluation func io jit losses margins miners nn optim plots reducers regularizers samplers ' +
    'tensorboard training utils'
  ).split(' '),
);

/**
 * What users load, `plots` apart because of the packages that it needs, and what worker threads load on their own
 * (lib/data/worker-thread.ts, module-reference.ts).
 */
export const entries = { index: 'index.ts', plots: 'plots/index.ts', worker: 'data/worker.ts', data: 'data/index.ts' };

/** Writes `dist/*.js` of the package at `root`. Throws where a source cannot be read. */
export async function bundle(root: string): Promise<void> {
  const library = join(root, 'lib');
  const input = Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, join(library, file)]));
  const isEntry = new Set(Object.values(input));
  const bundled = await rollup({
    input,
    plugins: [typeScript],
    external: (id) => !id.startsWith('.') && !id.startsWith(library),
    treeshake: false,
    onLog(level, log) {
      // Modules of one part may need each other.
      if (log.code !== 'CIRCULAR_DEPENDENCY') throw new Error(`${level}: ${log.message}`);
    },
  });
  const target = join(root, 'dist');
  mkdirSync(target, { recursive: true });
  for (const name of readdirSync(target)) if (/\.js(\.map)?$/.test(name)) rmSync(join(target, name));
  await bundled.write({
    dir: target,
    format: 'es',
    sourcemap: true,
    hoistTransitiveImports: false,
    chunkFileNames: '[name].js',
    // Namespaces say what they are, as a module does.
    generatedCode: { symbols: true },
    // Classes print their names: those with one name, as there are in `nn` and `losses`, must not meet in one file.
    manualChunks(id) {
      if (isEntry.has(id)) return undefined;
      const [folder = ''] = relative(library, id).split(sep);
      return parts.has(folder) ? `${folder}-part` : 'core';
    },
  });
  await bundled.close();
}

const typeScript: Plugin = {
  name: 'typescript',
  transform(code, fileName) {
    const { outputText, sourceMapText } = ts.transpileModule(code, {
      fileName,
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
        sourceMap: true,
      },
    });
    return { code: outputText, map: sourceMapText };
  },
};
