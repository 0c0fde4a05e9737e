import type { NativeFunction } from './native-functions.ts';
import {
  type Argument,
  isFactory,
  isTensorOption,
  keywords,
  outputs,
  plainType,
  printType,
  type Schema,
  writtenType,
} from './schema.ts';

/** One way to call an operator: its schema, and the variant that writes to `out`. */
export interface Overload {
  readonly base: NativeFunction;
  readonly out?: Schema;
}

function argumentKey({ type, name, default: value }: Argument): string {
  return `${printType(plainType(type))} ${name}=${value}`;
}

/**
 * What a base schema and its out variant have in common: all but the outputs, and the tensor options, which an
 * output settles.
 */
function inputKey(schema: Schema): string {
  const factory = isFactory(schema);
  const named = keywords(schema).filter((argument) => !(factory && isTensorOption(argument)));
  return [...schema.positional.map(argumentKey), '*', ...named.map(argumentKey)].join(', ');
}

/** PyTorch's build derives the out variants of the view_copy operators, and Python publishes them. */
function derivedOut({ schema, tags, autogen }: NativeFunction): Schema | undefined {
  const overload = autogen.find((name) => /\.(\w+_)?out$/.test(name))?.split('.')[1];
  if (overload === undefined || !tags.includes('view_copy')) return undefined;
  const many = schema.returns.length > 1;
  const out = schema.returns.map(
    ({ type }, i): Argument => ({
      name: many ? `out${i}` : 'out',
      type: writtenType(type, String.fromCharCode(97 + i)),
    }),
  );
  return { ...schema, overload, keywordOnly: [...schema.keywordOnly, ...out] };
}

/** Pairs each base schema of one name with its out variant, if they are functions; methods have none. */
export function pairOverloads(functions: readonly NativeFunction[], method: boolean): Overload[] {
  const outs = new Map<string, NativeFunction>();
  for (const candidate of functions) {
    if (outputs(candidate.schema).length === 0) continue;
    const key = inputKey(candidate.schema);
    if (outs.has(key)) throw new Error(`two out variants with the same inputs: ${candidate.text}`);
    outs.set(key, candidate);
  }
  const overloads = functions
    .filter(({ schema }) => outputs(schema).length === 0)
    .map((base): Overload => {
      const key = inputKey(base.schema);
      const out = outs.get(key)?.schema ?? (method ? undefined : derivedOut(base));
      outs.delete(key);
      return { base, out };
    });
  const [orphan] = outs.values();
  if (orphan) throw new Error(`no base schema for the out variant ${orphan.text}`);
  return overloads;
}
