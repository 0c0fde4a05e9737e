/** Functions that another thread can find: by the module that exports them. */

import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeValue } from '../errors.ts';

/**
 * A function by the module that exports it, since functions cannot be sent to other threads: a URL such as
 * `new URL('./collate.js', import.meta.url)`, or with the name of the export, which is `'default'` otherwise.
 */
export type ModuleReference = string | URL | { module: string | URL; export?: string };

/** The module that exports this library's datasets: TypeScript in the repository, a file of its own in the package. */
export const ownModule = new URL(import.meta.url.endsWith('.ts') ? './index.ts' : './data.js', import.meta.url);

/** A resolved reference, which can be sent to another thread. */
export interface Import {
  readonly module: string;
  readonly export: string;
}

/** A reference as an absolute one; `where` names the argument in messages. */
export function resolveReference(where: string, reference: ModuleReference): Import {
  const named =
    typeof reference === 'object' && reference !== null && !(reference instanceof URL)
      ? reference
      : { module: reference };
  const { module, export: name = 'default' } = named;
  if (!(typeof module === 'string' || module instanceof URL) || typeof name !== 'string') {
    throw new TypeError(
      `${where} must be a module's URL, or { module, export }, got ${describeValue(
        named === reference ? module : reference,
      )}`,
    );
  }
  const text = String(module);
  if (/^\.{0,2}[\\/]/.test(text) && !isAbsolute(text)) {
    throw new RangeError(
      `${where}: ${describeValue(text)} is relative to nothing; write new URL(${JSON.stringify(text)}, import.meta.url)`,
    );
  }
  return { module: isAbsolute(text) ? pathToFileURL(text).href : text, export: name };
}

/** Imports the function that a reference names. */
export async function importFunction(where: string, reference: Import): Promise<(...values: unknown[]) => unknown> {
  const exports = (await import(reference.module)) as Record<string, unknown>;
  const value = exports[reference.export];
  if (typeof value !== 'function') {
    const known = Object.keys(exports).join(', ') || 'nothing';
    throw new TypeError(`${where}: ${reference.module} exports no function ${reference.export}; it exports ${known}`);
  }
  return value as (...values: unknown[]) => unknown;
}
