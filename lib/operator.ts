/**
 * Calls of operators: finds the overload that the arguments fit, in PyTorch's order, writes them into the frame, and
 * turns the results into JavaScript values.
 */

import { defaultDevice } from './default-device.ts';
import { decode, encode, encodeNumberAsTensor, mismatch, startDecoding, strings } from './encode.ts';
import { describeValue, TorchError } from './errors.ts';
import { native, useFrame, words } from './native.ts';
import { kinds, type Parameter, type Signature, signatureOf } from './schema.ts';
import { Tensor, wrap } from './tensor.ts';

type Options = Readonly<Record<string, unknown>>;

/** An operator by its overloads, looked up in libtorch when it is first called. */
interface Operator {
  readonly name: string;
  readonly spec: string;
  overloads: readonly Overload[] | undefined;
}

interface Overload {
  readonly signature: Signature;
  /** The variant that writes to `out`. */
  readonly out: Signature | undefined;
}

function lookUp(qualified: string): Signature {
  const dot = qualified.indexOf('.');
  const base = dot < 0 ? qualified : qualified.slice(0, dot);
  const description = native.operator(`aten::${base}`, dot < 0 ? '' : qualified.slice(dot + 1));
  if (description === undefined) throw new TorchError(`this libtorch has no operator aten::${qualified}`);
  return signatureOf(description);
}

function overloadsOf(operator: Operator): readonly Overload[] {
  operator.overloads ??= operator.spec.split(' ').map((entry) => {
    const [base, out] = entry.split('+') as [string, string?];
    return { signature: lookUp(base), out: out === undefined ? undefined : lookUp(out) };
  });
  return operator.overloads;
}

function isOptions(value: unknown): value is Options {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The value given for a parameter, undefined when none is. */
function given(
  parameter: Parameter,
  position: number,
  self: Tensor | undefined,
  values: readonly unknown[],
  count: number,
  options: Options | undefined,
): unknown {
  if (self !== undefined) {
    if (position === 0) return self;
    position--;
  }
  if (position < count && !parameter.keywordOnly) return values[position];
  if (options === undefined) return undefined;
  if (parameter.out > 0) return (options.out as readonly unknown[] | undefined)?.[parameter.out - 1];
  // The first parameter is `input` in Python, `self` in the schema.
  return options[parameter.name === 'self' ? 'input' : parameter.name];
}

/** Writes the call into the frame; false when the arguments do not fit this signature. */
function write(
  signature: Signature,
  self: Tensor | undefined,
  values: readonly unknown[],
  count: number,
  options: Options | undefined,
): boolean {
  const parameters = signature.parameters;
  if (count + (self === undefined ? 0 : 1) > signature.positional) return false;
  let at = 2;
  let mask = 0;
  let bit = 1;
  for (let i = 0; i < parameters.length; i++, bit *= 2) {
    const parameter = parameters[i] as Parameter;
    let value = given(parameter, i, self, values, count, options);
    if (value === undefined) {
      if (parameter.kind === kinds.Device && signature.isFactory && defaultDevice !== undefined) value = defaultDevice;
      else if (parameter.hasDefault) continue;
      else return false;
    }
    let next = encode(parameter, value, at);
    if (next < 0 && parameter.takesNumber) next = encodeNumberAsTensor(value, at);
    if (next === mismatch) return false;
    at = next;
    mask += bit;
  }
  if (options !== undefined && hasUnknown(signature, self, count, options)) return false;
  words[0] = signature.id;
  words[1] = mask;
  return true;
}

function hasUnknown(signature: Signature, self: Tensor | undefined, count: number, options: Options): boolean {
  const byPosition = count + (self === undefined ? 0 : 1);
  for (const key in options) {
    if (options[key] === undefined || (key === 'requiresGrad' && signature.isFactory)) continue;
    const position = signature.parameters.findIndex(({ name }) => (name === 'self' ? 'input' : name) === key);
    if (position < 0 || position < byPosition) return true;
  }
  return false;
}

function run(
  signature: Signature,
  self: Tensor | undefined,
  values: readonly unknown[],
  count: number,
  options: Options | undefined,
): unknown {
  try {
    useFrame(strings.length === 0 ? native.call() : native.call(strings));
  } catch (error) {
    if (error instanceof TorchError) error.operator = signature.schema.slice(0, signature.schema.indexOf('('));
    throw error;
  }
  if (signature.returnsTensor) {
    const result = wrap(words[0] as number);
    if (options !== undefined && options.requiresGrad === true && signature.isFactory) result.requiresGrad = true;
    return result;
  }
  return collect(signature, self, values, count, options);
}

/** Results other than one new tensor: several, numbers, lists, or the arguments that were written to. */
function collect(
  signature: Signature,
  self: Tensor | undefined,
  values: readonly unknown[],
  count: number,
  options: Options | undefined,
): unknown {
  let texts: readonly string[] | undefined;
  const readTexts = () => {
    texts ??= native.strings();
    return texts;
  };
  const results = signature.results;
  const collected: unknown[] = [];
  startDecoding();
  for (const { argument, slot } of results) {
    collected.push(
      argument < 0
        ? decode(slot, readTexts)
        : given(signature.parameters[argument] as Parameter, argument, self, values, count, options),
    );
  }
  if (results.length === 0) return undefined;
  if (results.length === 1) return collected[0];
  for (const [i, { name }] of results.entries()) {
    if (name !== '') Object.defineProperty(collected, name, { value: collected[i] });
  }
  return collected;
}

function invoke(operator: Operator, self: Tensor | undefined, values: readonly unknown[]): unknown {
  let count = values.length;
  let options: Options | undefined;
  if (count > 0) {
    const last = values[count - 1];
    if (isOptions(last)) {
      options = last;
      count--;
    }
    // Trailing undefined arguments were not given.
    while (count > 0 && values[count - 1] === undefined) count--;
  }
  const overloads = operator.overloads ?? overloadsOf(operator);
  for (let i = 0; i < overloads.length; i++) {
    const { signature, out } = overloads[i] as Overload;
    const used = options !== undefined && options.out != null && out !== undefined ? out : signature;
    if (strings.length > 0) strings.length = 0;
    if (write(used, self, values, count, options)) return run(used, self, values, count, options);
  }
  throw noOverload(operator, overloads, self, values, count, options);
}

/** How an argument's type is named in a message. */
function typeOf(value: unknown): string {
  if (value instanceof Tensor) return 'Tensor';
  return describeValue(value);
}

function noOverload(
  operator: Operator,
  overloads: readonly Overload[],
  self: Tensor | undefined,
  values: readonly unknown[],
  count: number,
  options: Options | undefined,
): TypeError {
  const named = Object.entries(options ?? {}).map(([key, value]) => `${key}: ${typeOf(value)}`);
  const got = [...values.slice(0, count).map(typeOf), ...(named.length > 0 ? [`{ ${named.join(', ')} }`] : [])].join(
    ', ',
  );
  const only = overloads.length === 1 ? overloads[0] : undefined;
  if (only !== undefined) {
    const { signature } = only;
    for (const [i, parameter] of signature.parameters.entries()) {
      if (self !== undefined && i === 0) continue;
      const value = given(parameter, i, self, values, count, options);
      const name = parameter.name === 'self' ? 'input' : parameter.name;
      if (value === undefined && !parameter.hasDefault) {
        return new TypeError(`${operator.name}: ${name} (${parameter.typeName}) is missing, got (${got})`);
      }
      if (value !== undefined && encode(parameter, value, 2) < 0 && !parameter.takesNumber) {
        return new TypeError(`${operator.name}: ${name} must be ${parameter.typeName}, got ${typeOf(value)}`);
      }
    }
  }
  const expected = overloads.map(
    ({ signature }) => `\n  ${describeSignature(operator, signature, self !== undefined)}`,
  );
  return new TypeError(`${operator.name}: no overload takes (${got}); expected one of${expected.join('')}`);
}

function describeSignature(operator: Operator, signature: Signature, isMethod: boolean): string {
  const describe = (parameter: Parameter) =>
    `${parameter.name === 'self' ? 'input' : parameter.name}${parameter.hasDefault ? '?' : ''}: ${parameter.typeName}`;
  const shown = signature.parameters.slice(isMethod ? 1 : 0);
  const positional = shown.filter((parameter) => !parameter.keywordOnly).map(describe);
  const named = shown.filter((parameter) => parameter.keywordOnly).map(describe);
  if (signature.isFactory) named.push('requiresGrad?: bool');
  if (named.length > 0) positional.push(`{ ${named.join(', ')} }`);
  return `${operator.name}(${positional.join(', ')})`;
}

/**
 * The function for an operator. `spec` lists ATen overloads in resolution order, separated by spaces, each with its out
 * variant behind a `+`; the rest is read from libtorch at the first call.
 */
export function define<T>(name: string, spec: string): T {
  const operator: Operator = { name, spec, overloads: undefined };
  return ((...values: unknown[]) => invoke(operator, undefined, values)) as T;
}

/** The same as a method: `this` is the first argument. */
export function defineMethod(name: string, spec: string): (this: Tensor, ...values: unknown[]) => unknown {
  const operator: Operator = { name, spec, overloads: undefined };
  return function (this: Tensor, ...values: unknown[]) {
    if (!(this instanceof Tensor)) throw new TypeError(`${name}: must be called on a Tensor, got ${typeOf(this)}`);
    return invoke(operator, this, values);
  };
}

/** One overload of any operator that the dispatcher knows, as a function; undefined where there is none. */
export function overloadFunction(
  namespace: string,
  name: string,
  overload: string,
): ((...values: unknown[]) => unknown) | undefined {
  const description = native.operator(`${namespace}::${name}`, overload);
  if (description === undefined) return undefined;
  const signature = signatureOf(description);
  const label = `${namespace}.${name}${overload === '' ? '' : `.${overload}`}`;
  const operator: Operator = { name: label, spec: '', overloads: [{ signature, out: undefined }] };
  return (...values) => invoke(operator, undefined, values);
}
