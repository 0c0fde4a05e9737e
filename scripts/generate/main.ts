/**
 * Writes lib/generated: native_functions.yaml (native-functions.ts, schema.ts) -> what Python publishes of it
 * (surface.ts, overload.ts, overload-order.ts, less overrides.ts) -> what TypeScript sees (signature.ts,
 * call-form.ts, typescript-type.ts) -> files (emit.ts). With `--check` it writes nothing and fails if a file is not
 * what it would write.
 */

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { emit } from './emit.ts';
import { readNativeFunctions } from './native-functions.ts';
import { surfaceOf } from './surface.ts';

const folder = new URL('../../lib/generated/', import.meta.url);
const files = emit(surfaceOf(readNativeFunctions()));
mkdirSync(folder, { recursive: true });
const present = readdirSync(folder);
const obsolete = present.filter((name) => !files.has(name));
const changed = [...files].filter(
  ([name, text]) => !present.includes(name) || readFileSync(new URL(name, folder), 'utf8') !== text,
);

if (process.argv.includes('--check')) {
  for (const [name] of changed) console.error(`lib/generated/${name} is not what the generator makes`);
  for (const name of obsolete) console.error(`lib/generated/${name} is not made by the generator`);
  process.exitCode = changed.length + obsolete.length > 0 ? 1 : 0;
} else {
  for (const [name, text] of changed) writeFileSync(new URL(name, folder), text);
  for (const name of obsolete) rmSync(new URL(name, folder));
  console.log(`lib/generated: ${changed.length} of ${files.size} files changed`);
}
