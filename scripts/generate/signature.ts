import { camelCase } from './camel-case.ts';
import type { Overload } from './overload.ts';
import { type Argument, isFactory, keywords, outputs } from './schema.ts';
import type { Operator } from './surface.ts';
import { argumentTypes, returnedType, union } from './typescript-type.ts';

export interface Parameter {
  readonly name: string;
  /** Members of a union. */
  readonly types: readonly string[];
  readonly optional: boolean;
}

/** What TypeScript sees of one overload, or of several that differ in one parameter only. */
export interface Signature {
  readonly positional: readonly Parameter[];
  /** Parameters that only an options object may name. */
  readonly named: readonly Parameter[];
  readonly returns: string;
  /** The verbatim schemas that it stands for. */
  readonly schemas: readonly string[];
}

/** Python converts a number to a tensor for every tensor parameter of these, the first too. */
const NUMBER_AS_TENSOR: ReadonlySet<string> = new Set(
  ['add', 'copy_', 'div', 'divide', 'floor_divide', 'mul', 'multiply', 'sub', 'subtract', 'true_divide'].flatMap(
    (name) => [name, `${name}_`],
  ),
);

/**
 * Python's operators that ATen has for a tensor on the left only (`2 > x` is `x < 2`); as functions they take a
 * number there. `pow`, `remainder` and the bitwise ones have overloads for it.
 */
const NUMBER_FIRST: ReadonlySet<string> = new Set([
  'eq',
  'fmod',
  'ge',
  'greater',
  'greater_equal',
  'gt',
  'le',
  'less',
  'less_equal',
  'lt',
  'ne',
  'not_equal',
]);

function parameter(operator: Operator, { name, type, default: value }: Argument, index?: number): Parameter {
  const types = argumentTypes(type);
  const numberToo = NUMBER_AS_TENSOR.has(operator.publicName) || (index === 0 && NUMBER_FIRST.has(operator.publicName));
  if (types[0] === 'Tensor' && numberToo) types.push('Scalar');
  return { name: name === 'self' ? 'input' : camelCase(name), types, optional: value !== undefined };
}

function outParameter({ out }: Overload): Parameter[] {
  if (out === undefined) return [];
  const types = outputs(out).map(({ type }) => union(argumentTypes(type)));
  const [single] = types;
  return [
    { name: 'out', types: [types.length === 1 && single ? single : `readonly [${types.join(', ')}]`], optional: true },
  ];
}

/** A parameter must not hide another, nor the options object. */
function checkNames(positional: readonly Parameter[], named: readonly Parameter[], text: string): void {
  const names = [...positional, ...named].map(({ name }) => name);
  if (new Set(names).size < names.length || names.includes('options')) throw new Error(`ambiguous names: ${text}`);
}

function signature(operator: Operator, overload: Overload): Signature {
  const { schema, text } = overload.base;
  const method = operator.place === 'Tensor';
  const requiresGrad: Parameter = { name: 'requiresGrad', types: ['boolean'], optional: true };
  const positional = schema.positional
    .filter(({ name }) => !(method && name === 'self'))
    .map((argument, i) => parameter(operator, argument, method ? undefined : i));
  const named = [
    ...keywords(schema).map((argument) => parameter(operator, argument)),
    ...(isFactory(schema) ? [requiresGrad] : []),
    ...outParameter(overload),
  ];
  checkNames(positional, named, text);
  return { positional, named, returns: returnedType(schema.returns, method), schemas: [text] };
}

/** Has `a` every type that `b` has? */
function covers(a: Parameter, b: Parameter): boolean {
  return union([...a.types, ...b.types]) === union(a.types);
}

function sameShape(a: readonly Parameter[], b: readonly Parameter[]): boolean {
  return (
    a.length === b.length && a.every(({ name, optional }, i) => name === b[i]?.name && optional === b[i]?.optional)
  );
}

function zip(a: readonly Parameter[], b: readonly Parameter[]): [Parameter, Parameter][] {
  return a.flatMap((first, i): [Parameter, Parameter][] => {
    const second = b[i];
    return second ? [[first, second]] : [];
  });
}

function joined(a: Parameter, b: Parameter): Parameter {
  return { ...a, types: [...a.types, ...b.types] };
}

/** `a` itself, if it takes every call that `b` takes. */
function covering(a: Signature, b: Signature): Signature | undefined {
  if (!sameShape(a.positional, b.positional)) return undefined;
  const rest = a.named.filter(({ name }) => !b.named.some((other) => other.name === name));
  const shared = a.named.filter((parameter) => !rest.includes(parameter));
  if (!sameShape(shared, b.named) || rest.some(({ optional }) => !optional)) return undefined;
  const pairs = [...zip(a.positional, b.positional), ...zip(shared, b.named)];
  return pairs.every(([x, y]) => covers(x, y)) ? a : undefined;
}

/** `pow(Tensor, Tensor)` and `pow(Tensor, Scalar)`: one parameter takes either. */
function differingInOneType(a: Signature, b: Signature): Signature | undefined {
  if (!sameShape(a.positional, b.positional) || !sameShape(a.named, b.named)) return undefined;
  const pairs = [...zip(a.positional, b.positional), ...zip(a.named, b.named)];
  if (pairs.filter(([x, y]) => union(x.types) !== union(y.types)).length !== 1) return undefined;
  const join = (x: readonly Parameter[], y: readonly Parameter[]) => zip(x, y).map(([p, q]) => joined(p, q));
  return { ...a, positional: join(a.positional, b.positional), named: join(a.named, b.named) };
}

function sameParameters(a: readonly Parameter[], b: readonly Parameter[]): boolean {
  return sameShape(a, b) && zip(a, b).every(([x, y]) => union(x.types) === union(y.types));
}

/** `round()` and `round(*, decimals)`, or `max()` and `max(other)`: what only the one requires is optional. */
function differingInOneParameter(a: Signature, b: Signature): Signature | undefined {
  const [short, long] = a.positional.length + a.named.length < b.positional.length + b.named.length ? [a, b] : [b, a];
  const isNew = ({ name, optional }: Parameter, among: readonly Parameter[]) =>
    !optional && !among.some((parameter) => parameter.name === name);
  const last = long.positional.at(-1);
  if (last && isNew(last, short.positional) && sameParameters(short.named, long.named)) {
    if (!sameParameters(short.positional, long.positional.slice(0, -1))) return undefined;
    return { ...long, positional: [...short.positional, { ...last, optional: true }] };
  }
  const extra = long.named.find((parameter) => isNew(parameter, short.named));
  if (!extra || !sameParameters(short.positional, long.positional)) return undefined;
  const without = long.named.filter((parameter) => parameter !== extra);
  if (!sameParameters(short.named, without)) return undefined;
  return {
    ...long,
    named: long.named.map((parameter) => (parameter === extra ? { ...extra, optional: true } : parameter)),
  };
}

function merged(a: Signature, b: Signature): Signature | undefined {
  if (a.returns !== b.returns) return undefined;
  const result = covering(a, b) ?? covering(b, a) ?? differingInOneType(a, b) ?? differingInOneParameter(a, b);
  return result && { ...result, schemas: [...a.schemas, ...b.schemas] };
}

/** As few signatures as take the same calls, in resolution order. */
export function signaturesOf(operator: Operator): Signature[] {
  const signatures: Signature[] = [];
  for (const overload of operator.overloads) {
    let next = signature(operator, overload);
    let place = signatures.length;
    for (let i = 0; i < signatures.length; ) {
      const known = signatures[i];
      const both = known && merged(known, next);
      if (both === undefined) {
        i++;
        continue;
      }
      signatures.splice(i, 1);
      next = both;
      place = Math.min(place, i);
      i = 0;
    }
    signatures.splice(place, 0, next);
  }
  return signatures;
}
