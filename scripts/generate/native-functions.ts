import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { parseSchema, type Schema } from './schema.ts';

export type Variant = 'function' | 'method';

/** One entry of native_functions.yaml. */
export interface NativeFunction {
  /** The verbatim schema. */
  readonly text: string;
  readonly schema: Schema;
  readonly variants: ReadonlySet<Variant>;
  readonly pythonModule?: string;
  readonly tags: readonly string[];
  /** Variants that PyTorch's build derives from this entry: `expand_copy.out`. */
  readonly autogen: readonly string[];
}

const KEYS_THAT_CONCERN_KERNELS: ReadonlySet<string> = new Set([
  'category_override',
  'cpp_no_default_args',
  'device_check',
  'device_guard',
  'dispatch',
  'manual_cpp_binding',
  'precomputed',
  'structured',
  'structured_delegate',
  'structured_inherits',
  'ufunc_inner_loop',
  'use_const_ref_for_mutable_tensors',
]);

function list(value: unknown): string[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value.map(String);
  return String(value)
    .split(',')
    .map((part) => part.trim());
}

function variant(text: string): Variant {
  if (text === 'function' || text === 'method') return text;
  throw new SyntaxError(`native_functions.yaml: unknown variant ${text}`);
}

function nativeFunction(entry: Readonly<Record<string, unknown>>): NativeFunction {
  const { func, variants, python_module, tags, autogen, ...rest } = entry;
  const text = String(func);
  const unknown = Object.keys(rest).find((key) => !KEYS_THAT_CONCERN_KERNELS.has(key));
  if (unknown) throw new SyntaxError(`native_functions.yaml: unknown key ${unknown} in ${text}`);
  return {
    text,
    schema: parseSchema(text),
    variants: new Set(variants === undefined ? ['function'] : list(variants).map(variant)),
    pythonModule: python_module === undefined ? undefined : String(python_module),
    tags: list(tags),
    autogen: list(autogen),
  };
}

export function parseNativeFunctions(yaml: string): NativeFunction[] {
  const entries: unknown = parse(yaml);
  if (!Array.isArray(entries)) throw new SyntaxError('native_functions.yaml: not a list');
  return entries.map(nativeFunction);
}

export function readNativeFunctions(): NativeFunction[] {
  return parseNativeFunctions(readFileSync(new URL('native_functions.yaml', import.meta.url), 'utf8'));
}
