/** A type as a schema writes it: `Tensor(a!)`, `int[1]?`, `Tensor?[]`. */
export type SchemaType =
  | { readonly kind: 'base'; readonly name: string; readonly alias?: string }
  | { readonly kind: 'optional'; readonly element: SchemaType }
  | { readonly kind: 'list'; readonly element: SchemaType; readonly size?: number };

export interface Argument {
  readonly name: string;
  readonly type: SchemaType;
  /** Verbatim text after `=`. */
  readonly default?: string;
}

export interface Return {
  readonly name?: string;
  readonly type: SchemaType;
}

/**
 * One operator overload, as in `sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType?
 * dtype=None) -> Tensor`.
 */
export interface Schema {
  readonly base: string;
  /** Empty for the default overload. */
  readonly overload: string;
  readonly positional: readonly Argument[];
  /** After `*`, outputs too. */
  readonly keywordOnly: readonly Argument[];
  readonly returns: readonly Return[];
}

const SCHEMA = /^(\w+)(?:\.(\w+))?\((.*)\) -> (.+)$/;
const TYPE = /^([A-Za-z]\w*)(?:\(([^)]*)\))?((?:\?|\[\d*\])*)$/;
const ARGUMENT = /^([A-Za-z]\w*(?:\([^)]*\))?(?:\?|\[\d*\])*) (\w+)(?:=(.+))?$/;
const SUFFIX = /\?|\[(\d*)\]/g;

/** Splits at the commas that are in no bracket and no string. */
function splitList(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quote = '';
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i);
    if (quote !== '') {
      if (c === quote) quote = '';
    } else if (c === '"' || c === "'") {
      quote = c;
    } else if (c === '(' || c === '[') {
      depth++;
    } else if (c === ')' || c === ']') {
      depth--;
    } else if (c === ',' && depth === 0) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  const last = text.slice(start).trim();
  return last === '' ? parts : [...parts, last];
}

export function parseType(text: string): SchemaType {
  const match = TYPE.exec(text);
  if (!match?.[1]) throw new SyntaxError(`not a schema type: ${text}`);
  let type: SchemaType = { kind: 'base', name: match[1], alias: match[2] };
  for (const [suffix, size] of (match[3] ?? '').matchAll(SUFFIX)) {
    if (suffix === '?') type = { kind: 'optional', element: type };
    else type = { kind: 'list', element: type, size: size ? Number(size) : undefined };
  }
  return type;
}

function parseArgument(text: string): Argument {
  const match = ARGUMENT.exec(text);
  if (!match?.[1] || !match[2]) throw new SyntaxError(`not a schema argument: ${text}`);
  return { type: parseType(match[1]), name: match[2], default: match[3] };
}

function parseReturn(text: string): Return {
  const match = ARGUMENT.exec(text);
  if (match?.[1] && match[2] && match[3] === undefined) return { type: parseType(match[1]), name: match[2] };
  return { type: parseType(text) };
}

export function parseSchema(text: string): Schema {
  const match = SCHEMA.exec(text);
  if (!match?.[1] || match[3] === undefined || !match[4]) throw new SyntaxError(`not a schema: ${text}`);
  const parts = splitList(match[3]);
  const star = parts.indexOf('*');
  const returns = match[4].startsWith('(') ? splitList(match[4].slice(1, -1)) : [match[4]];
  return {
    base: match[1],
    overload: match[2] ?? '',
    positional: (star < 0 ? parts : parts.slice(0, star)).map(parseArgument),
    keywordOnly: (star < 0 ? [] : parts.slice(star + 1)).map(parseArgument),
    returns: returns.map(parseReturn),
  };
}

export function printType(type: SchemaType): string {
  if (type.kind === 'base') return type.alias === undefined ? type.name : `${type.name}(${type.alias})`;
  if (type.kind === 'optional') return `${printType(type.element)}?`;
  return `${printType(type.element)}[${type.size ?? ''}]`;
}

function printArgument({ type, name, default: value }: Argument): string {
  return `${printType(type)} ${name}${value === undefined ? '' : `=${value}`}`;
}

function printReturn({ type, name }: Return): string {
  return name === undefined ? printType(type) : `${printType(type)} ${name}`;
}

/** The schema's verbatim text. */
export function printSchema(schema: Schema): string {
  const parts = schema.positional.map(printArgument);
  if (schema.keywordOnly.length > 0) parts.push('*', ...schema.keywordOnly.map(printArgument));
  const returns = schema.returns.map(printReturn).join(', ');
  return `${operatorName(schema)}(${parts.join(', ')}) -> ${schema.returns.length === 1 ? returns : `(${returns})`}`;
}

/** `sum.dim_IntList`, or `sum` for the default overload. */
export function operatorName({ base, overload }: Schema): string {
  return overload === '' ? base : `${base}.${overload}`;
}

/** The type without its alias annotation. */
export function plainType(type: SchemaType): SchemaType {
  return type.kind === 'base' ? { kind: 'base', name: type.name } : { ...type, element: plainType(type.element) };
}

/** The type, written to. */
export function writtenType(type: SchemaType, alias: string): SchemaType {
  return type.kind === 'base'
    ? { ...type, alias: `${alias}!` }
    : { ...type, element: writtenType(type.element, alias) };
}

/** The innermost type's alias annotation: `a!` for `Tensor(a!)[]`. */
export function aliasOf(type: SchemaType): string | undefined {
  return type.kind === 'base' ? type.alias : aliasOf(type.element);
}

export function isWritten(type: SchemaType): boolean {
  return aliasOf(type)?.includes('!') ?? false;
}

/** Does the type, or an element of it, have this base type? */
export function isMadeOf(type: SchemaType, name: string): boolean {
  return type.kind === 'base' ? type.name === name : isMadeOf(type.element, name);
}

/** What an out variant writes to: the keyword-only arguments with a `!`. */
export function outputs(schema: Schema): readonly Argument[] {
  return schema.keywordOnly.filter(({ type }) => isWritten(type));
}

export function keywords(schema: Schema): readonly Argument[] {
  return schema.keywordOnly.filter(({ type }) => !isWritten(type));
}

const TENSOR_OPTIONS: readonly string[] = ['dtype', 'layout', 'device', 'pin_memory'];

/** Does it make a tensor with a dtype, layout, device and pinned memory of the caller's choice? */
export function isFactory(schema: Schema): boolean {
  return TENSOR_OPTIONS.every((name) => schema.keywordOnly.some((argument) => argument.name === name));
}

export function isTensorOption({ name }: Argument): boolean {
  return TENSOR_OPTIONS.includes(name);
}
