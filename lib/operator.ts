/**
 * Calls of operators: finds the overload that the arguments fit, in PyTorch's order, writes them into the frame, and
 * turns the results into JavaScript values.
 */

import { decode, startDecoding } from './decode.ts';
import { defaultDevice } from './default-device.ts';
import { dtypeCode } from './dtype.ts';
import { encode, encodeNumberAsTensor, strings } from './encode.ts';
import { DeviceError, DTypeError, describeValue, TorchError } from './errors.ts';
import { native, type OperatorDescription, useFrame, words } from './native.ts';
import { kinds, type Parameter, type Result, type Signature, signatureOf } from './schema.ts';
import { Tensor, wrap } from './tensor.ts';

const call = native.call;

/** Calls with the words and strings that were written; the frame's new array comes back where it grew. */
type NativeCall = (strings?: readonly string[]) => ArrayBuffer | undefined;

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
  /** What calls it natively, where that is not the dispatcher. */
  readonly call?: NativeCall;
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
  // Asking for a prototype is slow, so the commonest objects come first.
  if (typeof value !== 'object' || value === null || value instanceof Tensor) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * The value given for a parameter, undefined when none is. A method's `this` takes the place of `self`, wherever the
 * schema has it: `x.where(condition, y)`.
 */
function given(
  signature: Signature,
  position: number,
  self: Tensor | undefined,
  values: readonly unknown[],
  count: number,
  options: Options | undefined,
): unknown {
  const parameter = signature.parameters[position] as Parameter;
  let index = position;
  if (self !== undefined) {
    if (position === signature.self) return self;
    if (position > signature.self) index--;
  }
  if (index < count && !parameter.keywordOnly) return values[index];
  if (options === undefined) return undefined;
  if (parameter.out > 0) return (options.out as readonly unknown[] | undefined)?.[parameter.out - 1];
  return options[parameter.option];
}

/**
 * Writes a call whose arguments are all given by position: most calls are, so this is the short way. False when the
 * arguments do not fit this signature.
 */
function writePositional(
  signature: Signature,
  self: Tensor | undefined,
  values: readonly unknown[],
  count: number,
): boolean {
  const total = self === undefined ? count : count + 1;
  if (total < signature.required || total > signature.positional) return false;
  const parameters = signature.parameters;
  let at = 2;
  let mask = (1 << total) - 1;
  for (let i = 0, next = 0; i < total; i++) {
    const value = self !== undefined && i === signature.self ? self : values[next++];
    const parameter = parameters[i] as Parameter;
    if (parameter.kind === kinds.Tensor && value instanceof Tensor) {
      words[at++] = value.handle;
    } else if (value === undefined && parameter.hasDefault) {
      mask -= 1 << i;
    } else {
      at = encodeArgument(parameter, value, at);
      if (at < 0) return false;
    }
  }
  words[0] = signature.id;
  words[1] = mask;
  return true;
}

function encodeArgument(parameter: Parameter, value: unknown, at: number): number {
  const next = encode(parameter, value, at);
  return next < 0 && parameter.takesNumber ? encodeNumberAsTensor(value, at) : next;
}

/** Writes a call with options, or one that the default device changes. */
function writeNamed(
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
    let value = given(signature, i, self, values, count, options);
    if (value === undefined) {
      if (parameter.kind === kinds.Device && signature.usesDefaultDevice && defaultDevice !== undefined)
        value = defaultDevice;
      else if (parameter.hasDefault) continue;
      else return false;
    }
    at = encodeArgument(parameter, value, at);
    if (at < 0) return false;
    mask += bit;
  }
  if (options !== undefined && hasUnknown(signature, self, count, options)) return false;
  words[0] = signature.id;
  words[1] = mask;
  return true;
}

/** True when an option names nothing, or what is given by position already. */
function hasUnknown(signature: Signature, self: Tensor | undefined, count: number, options: Options): boolean {
  for (const key in options) {
    if (options[key] === undefined || (key === 'requiresGrad' && signature.isFactory)) continue;
    const { parameters } = signature;
    let position = parameters.length - 1;
    while (position >= 0 && (parameters[position] as Parameter).option !== key) position--;
    if (position < 0) return true;
    if (self !== undefined && position === signature.self) return true;
    const index = self !== undefined && position > signature.self ? position - 1 : position;
    if (index < count && !(signature.parameters[position] as Parameter).keywordOnly) return true;
  }
  return false;
}

function run(
  signature: Signature,
  self: Tensor | undefined,
  values: readonly unknown[],
  count: number,
  options: Options | undefined,
  nativeCall: NativeCall = call,
): unknown {
  try {
    const grown = strings.length === 0 ? nativeCall() : nativeCall(strings);
    if (grown !== undefined) useFrame(grown);
  } catch (error) {
    if (error instanceof TorchError) error.operator = signature.schema.slice(0, signature.schema.indexOf('('));
    throw error;
  }
  if (signature.returnsTensor) return wrap(words[0] as number);
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
  const results = signature.results;
  if (results.length === 0) return undefined;
  if (results.length === 1 && (results[0] as Result).argument >= 0) {
    return given(signature, (results[0] as Result).argument, self, values, count, options);
  }
  let texts: readonly string[] | undefined;
  const readTexts = () => {
    texts ??= native.strings();
    return texts;
  };
  const collected: unknown[] = [];
  startDecoding();
  for (const { argument, slot } of results) {
    collected.push(argument < 0 ? decode(slot, readTexts) : given(signature, argument, self, values, count, options));
  }
  if (results.length === 1) return collected[0];
  for (const [i, { name }] of results.entries()) {
    if (name !== '') Object.defineProperty(collected, name, { value: collected[i] });
  }
  return collected;
}

const tensorOptions = ['dtype', 'layout', 'device', 'pinMemory'];

/** Calls the variant that writes to `out`. It takes no dtype or device: these must be those of `out`. */
function callInto(
  overload: Overload,
  self: Tensor | undefined,
  values: readonly unknown[],
  count: number,
  options: Options,
): { result: unknown } | undefined {
  const out = overload.out as Signature;
  let used = options;
  if (overload.signature.isFactory) {
    const target = options.out;
    if (!(target instanceof Tensor)) return undefined;
    const { dtype, device, requiresGrad: _, ...rest } = options;
    if (dtype !== undefined && dtypeCode(dtype) !== dtypeCode(target.dtype)) {
      throw new DTypeError(`dtype ${describeValue(dtype)} does not match the dtype of out, '${target.dtype}'`);
    }
    if (device !== undefined && device !== target.device) {
      throw new DeviceError(`device ${describeValue(device)} does not match the device of out, '${target.device}'`);
    }
    used = Object.fromEntries(Object.entries(rest).filter(([key]) => !tensorOptions.includes(key)));
  }
  if (!writeNamed(out, self, values, count, used)) return undefined;
  return { result: run(out, self, values, count, used) };
}

function invoke(operator: Operator, self: Tensor | undefined, values: readonly unknown[]): unknown {
  let count = values.length;
  const last = count > 0 ? values[count - 1] : undefined;
  const overloads = operator.overloads ?? overloadsOf(operator);
  if (strings.length > 0) strings.length = 0;
  if (isOptions(last)) return invokeNamed(operator, overloads, self, values, count - 1, last);
  // Trailing undefined arguments were not given.
  while (count > 0 && values[count - 1] === undefined) count--;
  for (let i = 0; i < overloads.length; i++) {
    const { signature } = overloads[i] as Overload;
    if (signature.usesDefaultDevice && defaultDevice !== undefined)
      return invokeNamed(operator, overloads, self, values, count);
    if (writePositional(signature, self, values, count)) return run(signature, self, values, count, undefined);
  }
  throw noOverload(operator, overloads, self, values, count, undefined);
}

function invokeNamed(
  operator: Operator,
  overloads: readonly Overload[],
  self: Tensor | undefined,
  values: readonly unknown[],
  count: number,
  options?: Options,
): unknown {
  for (const overload of overloads) {
    if (strings.length > 0) strings.length = 0;
    let result: unknown;
    if (options?.out != null && overload.out !== undefined) {
      const called = callInto(overload, self, values, count, options);
      if (called === undefined) continue;
      result = called.result;
    } else {
      const { signature } = overload;
      if (!writeNamed(signature, self, values, count, options)) continue;
      result = run(signature, self, values, count, options, overload.call);
    }
    if (overload.signature.isFactory && options?.requiresGrad === true) (result as Tensor).requiresGrad = true;
    return result;
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
      if (self !== undefined && i === signature.self) continue;
      const value = given(signature, i, self, values, count, options);
      const name = parameter.option;
      if (value === undefined && !parameter.hasDefault) {
        return new TypeError(`${operator.name}: ${name} (${parameter.typeName}) is missing, got (${got})`);
      }
      if (value !== undefined && encodeArgument(parameter, value, 2) < 0) {
        const expected = `${parameter.typeName}${parameter.takesNumber ? ' or a number' : ''}`;
        return new TypeError(`${operator.name}: ${name} must be ${expected}, got ${typeOf(value)}`);
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
    `${parameter.option}${parameter.hasDefault ? '?' : ''}: ${parameter.typeName}`;
  const shown = signature.parameters.filter((_, i) => !isMethod || i !== signature.self);
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

/**
 * A method of a TorchScript module as a function: `id` of its description is the module's handle, and `nativeCall` calls
 * it. A plain object at the end names arguments if all its keys are names of them, and is a dict otherwise.
 */
export function methodFunction(
  name: string,
  description: OperatorDescription,
  nativeCall: NativeCall,
): (...values: unknown[]) => unknown {
  const signature = signatureOf(description);
  const overloads: readonly Overload[] = [{ signature, out: undefined, call: nativeCall }];
  const operator: Operator = { name, spec: '', overloads };
  const names = new Set(signature.parameters.map(({ option }) => option));
  return (...values) => {
    const last = values.at(-1);
    const options = isOptions(last) && Object.keys(last).every((key) => names.has(key)) ? last : undefined;
    const count = options === undefined ? values.length : values.length - 1;
    return invokeNamed(operator, overloads, undefined, values, count, options);
  };
}
