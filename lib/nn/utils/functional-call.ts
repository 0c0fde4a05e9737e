/** Calls a module with other parameters than its own. */

import { describeValue } from '../../errors.ts';
import { Tensor } from '../../tensor.ts';
import { readTrailing } from '../arguments.ts';
import { fieldOf } from '../fields.ts';
import { Module } from '../module.ts';

/** Tensors by dotted name. */
export type NamedTensors = Map<string, Tensor> | Record<string, Tensor>;

export interface FunctionalCallOptions {
  /** Whether a tensor that is given for one name takes the place of the same parameter under its other names, too. */
  tieWeights?: boolean;
  /** Whether all parameters and buffers must be given, and nothing else; false by default. */
  strict?: boolean;
}

const where = 'functionalCall';

/** Names, with duplicates, of all parameters and buffers. */
function namesOf(module: Module): Map<string, Tensor> {
  return new Map([...module.namedParameters('', true, false), ...module.namedBuffers('', true, false)]);
}

function expectAll(module: Module, given: ReadonlyMap<string, Tensor>): void {
  const own = namesOf(module);
  const quote = (names: string[]) => names.map((name) => `'${name}'`).join(', ');
  const unexpected = [...given.keys()].filter((name) => !own.has(name));
  const missing = [...own.keys()].filter((name) => !given.has(name));
  const problems: string[] = [];
  if (unexpected.length > 0) problems.push(`Unexpected key(s): ${quote(unexpected)}.`);
  if (missing.length > 0) problems.push(`Missing key(s): ${quote(missing)}.`);
  if (problems.length > 0) {
    throw new RangeError(`Error(s) in reparametrizing for ${module.constructor.name}:\n\t${problems.join('\n\t')}`);
  }
}

/** What is given for one name of a tensor, given for all of them. */
function tie(module: Module, given: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  const namesByTensor = new Map<Tensor, string[]>();
  for (const [name, tensor] of namesOf(module)) {
    const names = namesByTensor.get(tensor);
    if (names === undefined) namesByTensor.set(tensor, [name]);
    else names.push(name);
  }
  const tied = new Map(given);
  for (const names of namesByTensor.values()) {
    const values = new Set(names.flatMap((name) => given.get(name) ?? []));
    if (values.size > 1) {
      throw new RangeError(
        `${where}: got several tensors for ${names.join(', ')}, which are one; pass { tieWeights: false }`,
      );
    }
    for (const value of values) for (const name of names) tied.set(name, value);
  }
  return tied;
}

interface Place {
  readonly owner: Module;
  readonly field: string;
}

function placeOf(module: Module, name: string): Place {
  const dot = name.lastIndexOf('.');
  const owner = module.getSubmodule(dot < 0 ? '' : name.slice(0, dot));
  const field = name.slice(dot + 1);
  const before = fieldOf(owner, field);
  if (before !== undefined && before !== null && !(before instanceof Tensor)) {
    throw new TypeError(`${where}: ${name} must be a tensor of the module, got ${describeValue(before)}`);
  }
  return { owner, field };
}

/**
 * Calls a module as if its parameters and buffers were those that are given, which need not be leaves
 * (`torch.func.functional_call`, `torch.nn.utils.stateless.functional_call`). The module's own come back, whatever happens;
 * where the call replaced a buffer, the dictionary has the new one.
 *
 * @param args the inputs, one or an array of them.
 * @throws RangeError with `strict` where names differ, and for names of one parameter that are given several tensors.
 * @example
 * const halved = new Map([...model.namedParameters()].map(([name, value]) => [name, value.mul(0.5)]));
 * const output = torch.func.functionalCall(model, halved, x);
 */
export function functionalCall(
  module: Module,
  parametersAndBuffers: NamedTensors,
  args: unknown = [],
  options: FunctionalCallOptions = {},
): unknown {
  if (!((module as unknown) instanceof Module)) {
    throw new TypeError(`${where}: module must be a Module, got ${describeValue(module)}`);
  }
  const { tieWeights, strict } = readTrailing(where, [], [options], { tieWeights: true, strict: false });
  const given = entriesOf(parametersAndBuffers);
  const values = tieWeights ? tie(module, given) : given;
  if (strict) expectAll(module, values);
  const inputs = Array.isArray(args) && Object.getPrototypeOf(args) === Array.prototype ? args : [args];
  const places = [...values].map(([name, value]) => ({ name, value, ...placeOf(module, name) }));
  const before: { place: Place; had: boolean; value: unknown }[] = [];
  try {
    for (const { owner, field, value } of places) {
      before.push({ place: { owner, field }, had: field in owner, value: fieldOf(owner, field) });
      Reflect.set(owner, field, value);
    }
    return (module as unknown as (...inputs: unknown[]) => unknown)(...inputs);
  } finally {
    for (const { name, owner, field } of places) {
      const after = fieldOf(owner, field);
      if (given.has(name) && after !== given.get(name) && after instanceof Tensor)
        put(parametersAndBuffers, name, after);
    }
    for (const { place, had, value } of before.reverse()) {
      if (had) Reflect.set(place.owner, place.field, value);
      else Reflect.deleteProperty(place.owner, place.field);
    }
  }
}

function entriesOf(named: NamedTensors): Map<string, Tensor> {
  if (typeof named !== 'object' || named === null || named instanceof Tensor || Array.isArray(named)) {
    throw new TypeError(`${where}: parametersAndBuffers must be a Map or an object, got ${describeValue(named)}`);
  }
  const entries = new Map(named instanceof Map ? named : Object.entries(named));
  for (const [name, value] of entries) {
    if (!((value as unknown) instanceof Tensor)) {
      throw new TypeError(`${where}: ${name} must be a Tensor, got ${describeValue(value)}`);
    }
  }
  return entries;
}

function put(named: NamedTensors, name: string, tensor: Tensor): void {
  if (named instanceof Map) named.set(name, tensor);
  else named[name] = tensor;
}
