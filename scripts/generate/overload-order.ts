/**
 * The order in which overloads are tried: PyTorch's, so that a call picks the operator that it picks in Python.
 * Signatures are sorted as PyTorch's argument parser spells them; then each that could shadow another (an int for a
 * tensor, a list for an int) moves behind it.
 */

import type { Overload } from './overload.ts';
import { type Argument, isFactory, keywords, outputs, plainType, printType, type SchemaType } from './schema.ts';

const PARSER_NAMES: Readonly<Record<string, string>> = { int: 'int64_t', float: 'double', str: 'c10::string_view' };

const PARSER_LISTS: Readonly<Record<string, string>> = {
  int: 'IntArrayRef',
  SymInt: 'SymIntArrayRef',
  Tensor: 'TensorList',
  Scalar: 'ScalarList',
};

function parserType(type: SchemaType): string {
  if (type.kind === 'base') return PARSER_NAMES[type.name] ?? type.name;
  if (type.kind === 'optional') return `${parserType(type.element)}?`;
  if (type.element.kind === 'optional') return `c10::List<::std::optional<${parserType(type.element.element)}>>`;
  const name = PARSER_LISTS[type.element.kind === 'base' ? type.element.name : ''];
  if (name === undefined) return `ArrayRef<${parserType(type.element)}>`;
  return type.size === undefined ? name : `${name}[${type.size}]`;
}

function parserArgument({ name, type, default: value }: Argument, method: boolean): string {
  const text = parserType(type);
  const spelled = name === 'self' && text === 'Tensor' && !method ? 'input' : name;
  return `${text} ${spelled}${value === undefined ? '' : `=${value}`}`;
}

/** Python's arguments but for the outputs. */
function inputs({ base: { schema } }: Overload, method: boolean): Argument[] {
  const all = [...schema.positional, ...keywords(schema)];
  return method ? all.filter(({ name }) => name !== 'self') : all;
}

function parserSignature(overload: Overload, method: boolean): string {
  const { schema } = overload.base;
  const positional = schema.positional.filter(({ name }) => !(method && name === 'self'));
  const parts = inputs(overload, method).map((argument) => parserArgument(argument, method));
  const out = overload.out ? outputs(overload.out) : [];
  if (out.length === 1) parts.push('Tensor out=None');
  else if (out.length > 1) parts.push(`TensorList[${out.length}] out=None`);
  if (isFactory(schema)) parts.push('bool? requires_grad=False');
  if (parts.length > positional.length) parts.splice(positional.length, 0, '*');
  return `(${parts.join(', ')})`;
}

/** Would a parameter of type `first`, tried first, take what is meant for `second`? */
function shadows(first: string, second: string): boolean {
  switch (first) {
    case 'Scalar':
    case 'SymInt':
      return second === 'Tensor';
    case 'Scalar?':
      return second === 'Tensor?';
    case 'int':
      return second === 'Tensor';
    case 'int[]':
      return second === 'int' || second === 'int?';
    case 'SymInt[]':
      return second === 'int[]';
    case 'Tensor[]':
      return second.includes('[]');
    default:
      return false;
  }
}

function mustFollow(later: Overload, sooner: Overload, method: boolean): boolean {
  const a = inputs(later, method).map(({ type }) => printType(plainType(type)));
  const b = inputs(sooner, method).map(({ type }) => printType(plainType(type)));
  if (a.length !== b.length) return false;
  const pairs = a.map((type, i): [string, string] => [type, b[i] ?? '']);
  return pairs.some(([x, y]) => x !== y) && pairs.every(([x, y]) => x === y || shadows(x, y));
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

export function inResolutionOrder(overloads: readonly Overload[], method: boolean): Overload[] {
  const waiting = overloads
    .map((overload) => ({ overload, key: parserSignature(overload, method) }))
    .sort((a, b) => compare(a.key, b.key))
    .map(({ overload }) => overload);
  const free = (overload: Overload) => !overloads.some((other) => mustFollow(overload, other, method));
  const ordered = waiting.filter(free);
  const behind = new Map(
    waiting
      .filter((overload) => !free(overload))
      .map((overload) => [overload, new Set(overloads.filter((other) => mustFollow(overload, other, method)))]),
  );
  for (const next of ordered) {
    for (const [overload, ahead] of behind) {
      ahead.delete(next);
      if (ahead.size > 0) continue;
      behind.delete(overload);
      ordered.push(overload);
    }
  }
  if (behind.size > 0) throw new Error(`no order for the overloads of ${overloads[0]?.base.schema.base}`);
  return ordered;
}
