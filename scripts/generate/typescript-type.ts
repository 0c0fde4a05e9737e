import { camelCase } from './camel-case.ts';
import { isWritten, type Return, type SchemaType } from './schema.ts';

/** Types of lib/types.ts that the declarations may import. */
export const IMPORTABLE = [
  'DeviceLike',
  'DType',
  'Generator',
  'Int',
  'IntList',
  'Layout',
  'MemoryFormat',
  'Scalar',
  'Tensor',
] as const;

const ARGUMENTS: Readonly<Record<string, string>> = {
  Tensor: 'Tensor',
  Scalar: 'Scalar',
  int: 'Int',
  SymInt: 'Int',
  DeviceIndex: 'Int',
  float: 'number',
  bool: 'boolean',
  str: 'string',
  ScalarType: 'DType',
  Layout: 'Layout',
  Device: 'DeviceLike',
  MemoryFormat: 'MemoryFormat',
  Generator: 'Generator',
};

const RETURNS: Readonly<Record<string, string>> = {
  Tensor: 'Tensor',
  Scalar: 'Scalar',
  int: 'number',
  SymInt: 'number',
  float: 'number',
  bool: 'boolean',
  ScalarType: 'DType',
};

/** What a union says in this order. */
const UNION_ORDER = ['Tensor', 'Scalar', 'Int', 'IntList', 'number', 'boolean', 'string'];

/** Types that `Scalar` includes. */
const SCALARS: ReadonlySet<string> = new Set(['Int', 'number', 'boolean']);

function named(table: Readonly<Record<string, string>>, name: string): string {
  const found = table[name];
  if (found === undefined) throw new Error(`no TypeScript type for the schema type ${name}`);
  return found;
}

function listOf(element: string): string {
  if (element === 'Int') return 'IntList';
  return `readonly ${element.includes(' | ') ? `(${element})` : element}[]`;
}

/** The members of the union that an argument of this type takes. */
export function argumentTypes(type: SchemaType): string[] {
  if (type.kind === 'base') return [named(ARGUMENTS, type.name)];
  if (type.kind === 'optional') return [...argumentTypes(type.element), 'null'];
  const element = union(argumentTypes(type.element));
  // A list of a known length may be given as one number that stands for each element.
  return type.size === undefined || element !== 'Int' ? [listOf(element)] : ['Int', 'IntList'];
}

/** The union of these types, each once, in one order. */
export function union(types: readonly string[]): string {
  const all = new Set(types);
  const kept = [...all].filter((type) => !(all.has('Scalar') && SCALARS.has(type)));
  const rank = (type: string) => {
    if (type === 'null') return UNION_ORDER.length + 1;
    const known = UNION_ORDER.indexOf(type);
    return known < 0 ? UNION_ORDER.length : known;
  };
  return kept.sort((a, b) => rank(a) - rank(b)).join(' | ');
}

function returnType(type: SchemaType): string {
  if (type.kind === 'base') return named(RETURNS, type.name);
  if (type.kind === 'optional') return `${returnType(type.element)} | null`;
  return `${returnType(type.element)}[]`;
}

/** What a call returns; several values are a tuple, with names where the schema has names. */
export function returnedType(returns: readonly Return[], method: boolean): string {
  const [first, ...more] = returns;
  if (first === undefined) return 'void';
  if (more.length === 0) return method && isWritten(first.type) ? 'this' : returnType(first.type);
  const tuple = `[${returns.map(({ type }) => returnType(type)).join(', ')}]`;
  if (returns.some(({ name }) => name === undefined)) return tuple;
  const fields = returns.map(({ name, type }) => `${camelCase(name ?? '')}: ${returnType(type)}`);
  return `${tuple} & { ${fields.join('; ')} }`;
}
