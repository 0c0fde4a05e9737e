/** Groups of parameters that share options. */

import { describeValue } from '../errors.ts';
import { Tensor } from '../tensor.ts';

/** Parameters that share options. The options may be changed between steps: `optimizer.paramGroups[0].lr = 0.01`. */
export type ParamGroup<Options> = Options & { params: Tensor[]; paramNames?: string[] };

/** A parameter, or one with its name, as `module.namedParameters()` gives it. */
export type ParamInput = Tensor | readonly [string, Tensor];

/** Parameters and the options in which they differ from the optimizer's. */
export type ParamGroupInput<Options> = Partial<Options> & { params: Tensor | Iterable<ParamInput> };

function readParams(where: string, input: unknown): { params: Tensor[]; names: string[] } {
  const value = (input as { params?: unknown } | null | undefined)?.params;
  if (value === undefined) throw new TypeError(`${where} must be given as { params }, got ${describeValue(input)}`);
  if (!(value instanceof Tensor) && typeof (value as Iterable<unknown> | null)?.[Symbol.iterator] !== 'function') {
    throw new TypeError(`${where} must be a tensor or an iterable of them, got ${describeValue(value)}`);
  }
  const given = value instanceof Tensor ? [value] : [...(value as Iterable<ParamInput>)];
  const names = given.flatMap((each) => (Array.isArray(each) ? [each[0] as string] : []));
  const params = given.map((each) => (Array.isArray(each) ? each[1] : each) as Tensor);
  if (names.length !== 0 && names.length !== params.length) {
    throw new TypeError(`${where} must all have names, or none, got ${names.length} names of ${params.length}`);
  }
  return { params, names };
}

/**
 * A group with all its options, in PyTorch's order: those given, names, those left to the optimizer.
 * @throws TypeError, RangeError for parameters that cannot be optimized, or that stand in one of `others`.
 */
export function readParamGroup<Options extends object>(
  where: string,
  input: ParamGroupInput<Options>,
  defaults: Options,
  others: readonly ParamGroup<Options>[],
): ParamGroup<Options> {
  const { params, names } = readParams(where, input);
  const taken = new Set(others.flatMap((group) => group.params));
  for (const param of params) {
    if (!(param instanceof Tensor)) throw new TypeError(`${where} must be tensors, got ${describeValue(param)}`);
    if (!param.isLeaf && !param.retainsGrad) {
      throw new RangeError(`${where} must be leaves, got a tensor that was computed from others`);
    }
    if (taken.has(param)) throw new RangeError(`${where} must belong to one group, got one of two`);
  }
  const [first] = others;
  if (first !== undefined && (first.paramNames !== undefined) !== names.length > 0) {
    throw new TypeError(`${where} must have names in every group, or in none`);
  }
  if (new Set(params).size !== params.length) {
    process.emitWarning(`${where}: a group holds the same tensor twice, which will be updated twice`);
  }
  const group: Record<string, unknown> = { params };
  for (const [key, value] of Object.entries(input)) if (key !== 'params' && value !== undefined) group[key] = value;
  if (names.length > 0) group.paramNames = names;
  for (const [key, value] of Object.entries(defaults)) if (!Object.hasOwn(group, key)) group[key] = value;
  return group as ParamGroup<Options>;
}
