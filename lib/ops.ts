/** `torch.ops.<namespace>.<name>`: every operator that the dispatcher knows, those of loaded libraries included. */

import { native } from './native.ts';
import { overloadFunction } from './operator.ts';

/** One operator: called itself it is the default overload, its properties are the overloads. */
export type OperatorFunction = ((...values: unknown[]) => unknown) & {
  readonly [overload: string]: (...values: unknown[]) => unknown;
};

export interface OperatorNamespace {
  readonly [name: string]: OperatorFunction;
}

/** Properties that the language asks every object for, and that no operator is called. */
function isProbe(key: string | symbol): key is symbol {
  return typeof key === 'symbol' || key === 'then' || key === 'toJSON' || key === 'prototype' || key === 'constructor';
}

function operatorFunction(namespace: string, name: string): OperatorFunction | undefined {
  const overloads = native.overloads(`${namespace}::${name}`);
  if (overloads.length === 0) return undefined;
  const byDefault = overloadFunction(namespace, name, '');
  const call = (...values: unknown[]): unknown => {
    if (byDefault !== undefined) return byDefault(...values);
    throw new TypeError(`torch.ops.${namespace}.${name}: has no default overload; name one of ${overloads.join(', ')}`);
  };
  for (const overload of overloads) {
    const property = overload === '' ? 'default' : overload;
    Object.defineProperty(call, property, {
      configurable: true,
      enumerable: true,
      value: overloadFunction(namespace, name, overload),
    });
  }
  return call as OperatorFunction;
}

/** An object whose properties are made when they are first asked for. */
function lazy<T>(make: (key: string) => T | undefined): { readonly [key: string]: T } {
  const made = new Map<string, T>();
  return new Proxy(Object.create(null) as { readonly [key: string]: T }, {
    get(_, key) {
      if (isProbe(key)) return undefined;
      const known = made.get(key);
      if (known !== undefined) return known;
      const value = make(key);
      if (value !== undefined) made.set(key, value);
      return value;
    },
    has: (_, key) => !isProbe(key) && make(key) !== undefined,
  });
}

/**
 * Operators by their names in libtorch, spelled as there: `torch.ops.aten._foreach_add_.List(params, grads, { alpha })`,
 * `torch.ops.aten.relu.default(x)`. An operator that is not there is undefined.
 */
export const ops: { readonly [namespace: string]: OperatorNamespace } = lazy((namespace) =>
  lazy((name) => operatorFunction(namespace, name)),
);
