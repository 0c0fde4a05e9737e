import { camelCase } from './camel-case.ts';
import type { NativeFunction } from './native-functions.ts';
import { type Overload, pairOverloads } from './overload.ts';
import { inResolutionOrder } from './overload-order.ts';
import { overrides, type Place, places, published } from './overrides.ts';
import { isMadeOf, operatorName } from './schema.ts';

/** One public name in one place, with its overloads in resolution order. */
export interface Operator {
  readonly place: Place;
  /** PyTorch's public name: `norm` for `linalg_norm`. */
  readonly publicName: string;
  /** The public name in camelCase. */
  readonly name: string;
  readonly overloads: readonly Overload[];
}

export type Surface = ReadonlyMap<Place, readonly Operator[]>;

/** Names that Python's bindings leave out, and that it does not write by hand in the same place. */
const NOT_IN_PYTHON: readonly RegExp[] = [
  /_backward(_(input|weight|bias))?$/,
  /_forward$/,
  /_jvp$/,
  /_overrideable$/,
  /^lift/,
  /^sym_(is_contiguous|numel|size|storage_offset|stride)$/,
  /^fake_quantize_per_(tensor|channel)_affine_cachemask$/,
  /^(alias|copy|copy_sparse_to_sparse_|index|normal_functional|set_data|size|slice|stride|unique_dim_consecutive)$/,
  /^(matrix_H|numpy_T|nonzero_numpy)$/,
];

/** Overloads that are never reached, since these operators take a number as a tensor. */
const NUMBER_IS_TENSOR = /^(add|sub|mul|div)_?\.Scalar$/;

function isPublic({ schema }: NativeFunction): boolean {
  const dimensionsHaveNames = [...schema.positional, ...schema.keywordOnly].some(({ type }) =>
    isMadeOf(type, 'Dimname'),
  );
  if (dimensionsHaveNames || NUMBER_IS_TENSOR.test(operatorName(schema))) return false;
  return !NOT_IN_PYTHON.some((pattern) => pattern.test(schema.base));
}

function placesOf({ variants, pythonModule }: NativeFunction): Place[] {
  if (pythonModule !== undefined) {
    const place = places.find((name) => name === pythonModule);
    if (place === undefined) throw new Error(`native_functions.yaml: unknown python_module ${pythonModule}`);
    return [place];
  }
  const found: Place[] = [];
  if (variants.has('function')) found.push('torch');
  if (variants.has('method')) found.push('Tensor');
  return found;
}

/** In the namespaces ATen's prefix is dropped. Undefined for a private name. */
function publicName(place: Place, base: string): string | undefined {
  if (published[base] !== undefined) return published[base];
  if (base.startsWith('_')) return undefined;
  if (place === 'torch' || place === 'Tensor' || place === 'nn') return base;
  const prefix = `${place}_`;
  if (!base.startsWith(prefix)) throw new Error(`${base}: a name in ${place} must start with ${prefix}`);
  const name = base.slice(prefix.length);
  return name.startsWith('_') ? undefined : name;
}

/** Takes out what is overridden, and says so when an override has nothing to take out. */
function withoutOverrides(place: Place, functions: readonly NativeFunction[]): NativeFunction[] {
  const unused = new Set(Object.keys(overrides[place]));
  const kept = functions.filter(({ schema: { base, overload } }) => {
    const key = [base, `${base}.${overload}`].find((name) => overrides[place][name] !== undefined);
    if (key !== undefined) unused.delete(key);
    return key === undefined;
  });
  if (unused.size > 0) throw new Error(`overrides: ${place} has no operator ${[...unused].join(', ')}`);
  return kept;
}

function operatorsOf(place: Place, functions: readonly NativeFunction[]): Operator[] {
  const named = new Map<string, NativeFunction[]>();
  for (const fn of withoutOverrides(place, functions)) {
    const name = publicName(place, fn.schema.base);
    if (name !== undefined) named.set(name, [...(named.get(name) ?? []), fn]);
  }
  const operators = [...named].map(
    ([name, group]): Operator => ({
      place,
      publicName: name,
      name: camelCase(name),
      overloads: inResolutionOrder(pairOverloads(group, place === 'Tensor'), place === 'Tensor'),
    }),
  );
  const names = new Set(operators.map(({ name }) => name));
  if (names.size < operators.length) throw new Error(`${place}: two names have the same spelling in camelCase`);
  return operators.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** All that Python publishes and nobody here writes by hand. */
export function surfaceOf(functions: readonly NativeFunction[]): Surface {
  const candidates = functions.filter(isPublic);
  return new Map(
    places.map((place) => [
      place,
      operatorsOf(
        place,
        candidates.filter((fn) => placesOf(fn).includes(place)),
      ),
    ]),
  );
}

/** The run-time table's entry: `sum sum.dim_IntList+sum.IntList_out`. */
export function specOf({ overloads }: Operator): string {
  return overloads
    .map(({ base, out }) => operatorName(base.schema) + (out === undefined ? '' : `+${operatorName(out)}`))
    .join(' ');
}
