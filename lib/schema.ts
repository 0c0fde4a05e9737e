/** An overload as TypeScript needs it: what libtorch's schema says, flattened for fast calls. */

import type { OperatorDescription, SchemaType } from './native.ts';

/** Kinds of schema types; `binding/convert.h` has the same names in the same order, and a test compares them. */
export const kinds = {
  Tensor: 0,
  Generator: 1,
  Int: 2,
  Float: 3,
  Bool: 4,
  Scalar: 5,
  String: 6,
  DType: 7,
  Layout: 8,
  MemoryFormat: 9,
  Device: 10,
  Complex: 11,
  Optional: 12,
  List: 13,
  Dict: 14,
  Tuple: 15,
  Any: 16,
  Unsupported: 17,
} as const;

/** The word before a Scalar; `binding/frame.h` has the same. */
export const scalarTags = { double: 0, integer: 1, bool: 2, complex: 3 } as const;

/** A schema type whose optional is a flag. */
export interface Slot {
  readonly kind: number;
  /** null is a value of it. */
  readonly nullable: boolean;
  /** The k of `int[k]`: a single number stands for k of them. */
  readonly size: number;
  readonly elements: readonly Slot[];
}

export interface Parameter extends Slot {
  /** Its name among the options; PyTorch's functions call `self` `input`. */
  readonly option: string;
  /** As the schema writes its type, for error messages. */
  readonly typeName: string;
  readonly hasDefault: boolean;
  readonly keywordOnly: boolean;
  /** Which of the results written to `out` it is, or -1. */
  readonly out: number;
  /** A number stands for a tensor that does not take part in type promotion. */
  readonly takesNumber: boolean;
}

export interface Result {
  readonly name: string;
  /** The argument that comes back as this result, or -1 for a new value. */
  readonly argument: number;
  readonly slot: Slot;
}

export interface Signature {
  readonly id: number;
  readonly schema: string;
  readonly parameters: readonly Parameter[];
  /** Where a method's `this` goes. */
  readonly self: number;
  /** How many of the parameters may be given by position. */
  readonly positional: number;
  /** How many must be given by position when there are no options; Infinity when one can only be an option. */
  readonly required: number;
  readonly results: readonly Result[];
  /** One new tensor is all that it returns. */
  readonly returnsTensor: boolean;
  /** Makes tensors from options alone, so it also takes `requiresGrad`. */
  readonly isFactory: boolean;
  /** A factory that starts from nothing: `zeros_like` and `to` go by their tensor's device, not by the default one. */
  readonly usesDefaultDevice: boolean;
}

/** PyTorch's name in JavaScript: drop `_`, capitalise the next letter; leading and trailing ones stay. */
export function camelCase(name: string): string {
  return name.replace(/(?<=[^_])_+([^_])/g, (_, letter: string) => letter.toUpperCase());
}

export function slotOf(type: SchemaType): Slot {
  if (type.kind === kinds.Optional) return { ...slotOf(type.elements?.[0] as SchemaType), nullable: true };
  return { kind: type.kind, nullable: false, size: type.size ?? 0, elements: (type.elements ?? []).map(slotOf) };
}

const kindNames = Object.keys(kinds);

function typeNameOf(slot: Slot): string {
  const element = slot.elements[0];
  const name =
    slot.kind === kinds.List && element !== undefined
      ? `${typeNameOf(element)}[${slot.size || ''}]`
      : (kindNames[slot.kind] as string).replace(/^(Int|Float|Bool|String)$/, (word) => word.toLowerCase());
  return slot.nullable ? `${name}?` : name;
}

const factoryOptions = ['dtype', 'layout', 'device', 'pin_memory'];

/** PyTorch lets a number stand for any tensor of these. */
const numbersEverywhere = new Set(
  ['add', 'sub', 'subtract', 'mul', 'multiply', 'div', 'divide', 'true_divide', 'floor_divide']
    .flatMap((name) => [name, `${name}_`])
    .concat(['copy_', 'copy']),
);
/** Operators of Python's syntax: as functions they take a number on the left, too. */
const numbersFirst = new Set([
  'eq',
  'ne',
  'not_equal',
  'lt',
  'less',
  'le',
  'less_equal',
  'gt',
  'greater',
  'ge',
  'greater_equal',
  'fmod',
]);

export function signatureOf(description: OperatorDescription): Signature {
  const base = /::([^.(]+)/.exec(description.schema)?.[1] ?? '';
  const outs = description.arguments.filter((argument) => argument.out).length;
  let out = 0;
  const parameters = description.arguments.map((argument, position): Parameter => {
    const slot = slotOf(argument.type);
    return {
      ...slot,
      // An operator with several outputs takes them as one `out: [values, indices]`.
      option: argument.out ? 'out' : argument.name === 'self' ? 'input' : camelCase(argument.name),
      typeName: typeNameOf(slot),
      hasDefault: argument.hasDefault,
      keywordOnly: argument.keywordOnly,
      out: argument.out ? (outs === 1 ? 0 : ++out) : -1,
      takesNumber:
        slot.kind === kinds.Tensor &&
        !argument.out &&
        (numbersEverywhere.has(base) || (position === 0 && numbersFirst.has(base))),
    };
  });
  const results = description.results.map(({ name, type, argument }) => ({
    name: camelCase(name),
    argument,
    slot: slotOf(type),
  }));
  const only = results[0];
  const isFactory = factoryOptions.every((name) => description.arguments.some((argument) => argument.name === name));
  const mustBeNamed = parameters.some((parameter) => parameter.keywordOnly && !parameter.hasDefault);
  return {
    id: description.id,
    schema: description.schema,
    parameters,
    self: Math.max(
      description.arguments.findIndex((argument) => argument.name === 'self'),
      0,
    ),
    positional: parameters.filter((parameter) => !parameter.keywordOnly).length,
    required: mustBeNamed
      ? Number.POSITIVE_INFINITY
      : parameters.findLastIndex((parameter) => !parameter.hasDefault) + 1,
    results,
    returnsTensor:
      results.length === 1 &&
      only !== undefined &&
      only.argument < 0 &&
      only.slot.kind === kinds.Tensor &&
      !only.slot.nullable,
    isFactory,
    // In Python, too, `normal` stays on the CPU.
    usesDefaultDevice:
      isFactory && base !== 'normal' && description.arguments.every((argument) => argument.name !== 'self'),
  };
}
