/** Calls that described.py tells as plain data, made in Node: positional arguments stay, the rest is one options object. */

import * as torch from '../../lib/index.ts';
import { camelCase } from '../../lib/schema.ts';
import { fromWire, isPythonTensor, type PythonTensor, type PythonValue } from './wire.ts';

/** The arguments of a call. */
export interface DescribedCall {
  readonly args: readonly PythonValue[];
  readonly options: Readonly<Record<string, PythonValue>>;
}

/** A tensor as it lay in memory. */
export interface DescribedTensor {
  readonly elements: PythonTensor;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  /** Dimensions that are sparse; 0 for a dense tensor. */
  readonly sparseDim: number;
  readonly requiresGrad: boolean;
}

/** Named tensors in their order, such as a state dict. */
export type NamedTensors = readonly (readonly [string, PythonTensor | null])[];

interface Described {
  readonly kind: 'tensor' | 'module' | 'packed' | 'options' | 'function';
  readonly number: number;
  readonly name: string;
  readonly call: DescribedCall;
  readonly state: NamedTensors;
  readonly training: boolean;
  readonly fields: readonly PythonValue[];
  readonly options: Readonly<Record<string, PythonValue>>;
}

function isDescribed(value: unknown): value is Described {
  return typeof value === 'object' && value !== null && 'kind' in value;
}

/** The tensor with Python's bits and strides. */
export function rebuildTensor({ elements, shape, strides, sparseDim, requiresGrad }: DescribedTensor): torch.Tensor {
  const dense = fromWire(elements)
    .asStrided([...shape], [...strides])
    .detach();
  const tensor = sparseDim > 0 ? dense.toSparse(sparseDim) : dense;
  if (requiresGrad) tensor.requiresGrad = true;
  return tensor;
}

/** What a dotted name stands for below `torch`, such as `nn.Linear`. */
function find(path: string): unknown {
  let value: unknown = torch;
  for (const name of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[name];
  if (value === undefined) throw new ReferenceError(`there is no torch.${path}`);
  return value;
}

/** Makes the values and calls of one case, whose tensors are `tensors`. */
export class Rebuilder {
  readonly #tensors: readonly torch.Tensor[];

  constructor(tensors: readonly torch.Tensor[]) {
    this.#tensors = tensors;
  }

  /** The arguments as they are passed in Node; options come last and only where there are some. */
  call({ args, options }: DescribedCall, extra: Readonly<Record<string, unknown>> = {}): unknown[] {
    const named = { ...this.#options(options), ...extra };
    const positional = args.map((each) => this.value(each));
    return Object.keys(named).length === 0 ? positional : [...positional, named];
  }

  /** A new object of the class at a dotted name below `torch`. */
  construct(path: string, args: readonly unknown[]): unknown {
    return Reflect.construct(find(path) as new () => unknown, args);
  }

  value(value: PythonValue): unknown {
    if (Array.isArray(value)) return value.map((each) => this.value(each));
    if (isPythonTensor(value)) return fromWire(value);
    if (!isDescribed(value)) return value;
    switch (value.kind) {
      case 'tensor':
        return this.#tensors[value.number];
      case 'module':
        return this.#module(value);
      case 'packed':
        return this.construct(
          'nn.utils.rnn.PackedSequence',
          value.fields.map((each) => this.value(each)),
        );
      case 'options':
        return this.#options(value.options);
      case 'function':
        return Reflect.get(torch.nn.functional, camelCase(value.name)) ?? find(camelCase(value.name));
    }
  }

  #options(options: Readonly<Record<string, PythonValue>>): Record<string, unknown> {
    return Object.fromEntries(Object.entries(options).map(([name, each]) => [camelCase(name), this.value(each)]));
  }

  #module({ name, call, state, training }: Described): torch.nn.Module {
    const module = this.construct(`nn.${name}`, this.call(call)) as torch.nn.Module;
    module.loadStateDict(new Map(state.map(([key, tensor]) => [key, fromWire(tensor as PythonTensor)])));
    return module.train(training);
  }
}

/** The tensors of an output in order, as `tensors_in` of described.py finds them. */
export function tensorsIn(value: unknown): (torch.Tensor | null)[] {
  if (value === null || value === undefined) return [null];
  if (value instanceof torch.Tensor) return [value];
  if (Array.isArray(value)) return value.flatMap(tensorsIn);
  if (typeof value === 'object' && 'batchSizes' in value) {
    const { data, batchSizes, sortedIndices, unsortedIndices } = value as Record<string, unknown>;
    return tensorsIn([data, batchSizes, sortedIndices, unsortedIndices]);
  }
  throw new TypeError(`an output that is no tensor: ${String(value)}`);
}
