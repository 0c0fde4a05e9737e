/**
 * Operators beside Python: a row holds Python source and the same in TypeScript, a family holds rows and the inputs that
 * they share. Every row runs for every dtype, without and with gradients; the bits, what was changed in place, and
 * libtorch's refusals must be the same.
 */

import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { expectSameBits, isPythonTensor, type PythonTensor, type PythonValue } from './oracle.ts';

/** An input: random elements of the dtype that is tested, or fixed ones. */
export type Input =
  | { readonly shape: readonly number[]; readonly low: number; readonly high: number }
  | { readonly values: torch.TensorData; readonly dtype: torch.DType };

/** Random numbers in [-3, 3]; small integers, non-negative for uint8, in integer dtypes. */
export const real = (...shape: number[]): Input => ({ shape, low: -3, high: 3 });
export const positive = (...shape: number[]): Input => ({ shape, low: 0.1, high: 4 });
export const unit = (...shape: number[]): Input => ({ shape, low: -0.9, high: 0.9 });
export const probability = (...shape: number[]): Input => ({ shape, low: 0.05, high: 0.95 });
export const indices = (values: torch.TensorData): Input => ({ values, dtype: 'int64' });
export const mask = (values: torch.TensorData): Input => ({ values, dtype: 'bool' });

export interface RowSettings {
  /** Only these, where Python's parser, and not libtorch, refuses the others. */
  readonly dtypes?: readonly torch.DType[];
  /** False where there is no gradient to compare. */
  readonly gradients?: boolean;
  /** Both sides must refuse every dtype. */
  readonly refused?: boolean;
}

export type Row<Name extends string = string> = readonly [
  source: string,
  run: (inputs: Readonly<Record<Name, torch.Tensor>>) => unknown,
  settings?: RowSettings,
];

export interface Family {
  readonly name: string;
  readonly inputs: Readonly<Record<string, Input>>;
  readonly rows: readonly Row[];
}

export const floats = ['float32', 'float64', 'bfloat16', 'float16'] as const;
export const integers = ['int64', 'int32', 'uint8'] as const;
export const dtypes: readonly torch.DType[] = [...floats, ...integers, 'bool', 'complex64'];

/** Rows over inputs, whose names the compiler knows. */
export function family<const Inputs extends Readonly<Record<string, Input>>>(
  name: string,
  inputs: Inputs,
  ...rows: readonly (readonly Row<keyof Inputs & string>[])[]
): Family {
  return { name, inputs, rows: rows.flat() as readonly Row[] };
}

/** A small generator of numbers in [0, 1) that has nothing to do with libtorch's (mulberry32). */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function makeInput(input: Input, dtype: torch.DType, seed: number): torch.Tensor {
  if ('values' in input) return torch.tensor(input.values, { dtype: input.dtype });
  const { shape, low, high } = input;
  const draw = uniform(seed);
  const count = shape.reduce((product, size) => product * size, 1);
  const next = () => low + (high - low) * draw();
  const values = Array.from({ length: count }, () => {
    if (dtype === 'bool') return next() > (low + high) / 2;
    if (dtype === 'complex64') return new torch.Complex(next(), next());
    if (dtype === 'uint8') return Math.abs(Math.round(2 * next()));
    return dtype.startsWith('int') ? Math.round(2 * next()) : next();
  });
  return torch.tensor(values, { dtype }).reshape([...shape]);
}

/** The inputs of a family in one dtype. */
export function makeInputs({ inputs }: Family, dtype: torch.DType): Record<string, torch.Tensor> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, input], i) => [name, makeInput(input, dtype, 1000 + 37 * i)]),
  );
}

/** Defines `results` from `sources`, a list of `[expression, with gradients]`, and the inputs in `given`. */
export const pythonRunner = `
def _flat(value):
    return [each for item in value for each in _flat(item)] if isinstance(value, (list, tuple)) else [value]

def _weights(out):
    return torch.linspace(0.5, 1.5, out.numel(), dtype=torch.float64).reshape(out.shape).to(out.dtype)

def _evaluate(source, names):
    torch.manual_seed(5)
    return _flat(eval(source, {"torch": torch, "F": F, "nn": nn, "math": math, **names}))

def _error(error):
    return {"type": type(error).__name__, "message": str(error)}

def _values(source):
    names = {name: value.clone() for name, value in given.items()}
    try:
        values = _evaluate(source, names)
        return {"values": values, "changed": {name: value for name, value in names.items() if value._version > 0}}
    except Exception as error:
        return {"error": _error(error)}

def _gradients(source):
    leaves = {n: v.clone().requires_grad_() for n, v in given.items() if v.is_floating_point() or v.is_complex()}
    try:
        outs = _evaluate(source, {n: leaves[n].clone() if n in leaves else v.clone() for n, v in given.items()})
        outs = [out for out in outs if isinstance(out, torch.Tensor) and out.requires_grad]
        if not outs or not leaves:
            return {"values": None}
        weights = [_weights(out) for out in outs]
        gradients = torch.autograd.grad(outs, list(leaves.values()), weights, allow_unused=True)
        # A gradient of zeros may have no memory to be sent, which a copy has.
        return {"values": [None if gradient is None else gradient.clone() for gradient in gradients]}
    except Exception as error:
        return {"error": _error(error)}

results = [[_values(source), _gradients(source) if gradients else None] for source, gradients in sources]
`;

/** What one side made of a row: values, or a refusal. */
type Outcome =
  | { readonly values: readonly unknown[] | null; readonly changed?: Readonly<Record<string, unknown>> }
  | { readonly error: { readonly type: string; readonly message: string } };

function flatten(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(flatten);
  return [value === undefined ? null : value];
}

function attempt(run: () => Outcome): Outcome {
  try {
    return run();
  } catch (thrown) {
    const { name, message } = thrown as Error;
    return { error: { type: name, message } };
  }
}

type Tensors = Readonly<Record<string, torch.Tensor>>;

function evaluate(row: Row, inputs: Tensors): unknown[] {
  torch.manualSeed(5);
  return flatten(row[1](inputs));
}

function copies(inputs: Tensors): Record<string, torch.Tensor> {
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, value.clone()]));
}

function valuesOf(row: Row, given: Tensors): Outcome {
  return attempt(() => {
    const inputs = copies(given);
    const values = evaluate(row, inputs);
    return { values, changed: Object.fromEntries(Object.entries(inputs).filter(([, value]) => value.version > 0)) };
  });
}

function weightsOf(out: torch.Tensor): torch.Tensor {
  const weights = torch.linspace(0.5, 1.5, out.numel(), { dtype: 'float64' });
  return weights.reshape(out.shape).to(out.dtype);
}

function gradientsOf(row: Row, given: Tensors): Outcome {
  return attempt(() => {
    const leaves: Record<string, torch.Tensor> = {};
    for (const [name, value] of Object.entries(given)) {
      if (value.isFloatingPoint() || value.isComplex()) leaves[name] = value.clone().requiresGrad_();
    }
    const outs = evaluate(row, { ...copies(given), ...copies(leaves) }).filter(
      (out): out is torch.Tensor => torch.isTensor(out) && out.requiresGrad,
    );
    if (outs.length === 0 || Object.keys(leaves).length === 0) return { values: null };
    const gradients = torch.autograd.grad(outs, Object.values(leaves), {
      gradOutputs: outs.map(weightsOf),
      allowUnused: true,
    });
    return { values: gradients };
  });
}

/** libtorch raises these; Python itself raises others, in its own words. */
const fromLibtorch = new Set(['RuntimeError', 'NotImplementedError', 'IndexError', 'OutOfMemoryError']);

/** The first line, with Python's names of tensor types written as libtorch's. */
function firstLine(text: string): string {
  return (text.split('\n')[0] as string).trim().replace(/torch\.(\w+)Tensor/g, 'CPU$1Type');
}

function compare(ours: Outcome, python: Outcome, label: string): void {
  if ('error' in python) {
    expect(ours, `${label}: Python refuses: ${python.error.message}`).to.have.property('error');
    const { error } = ours as { error: { message: string } };
    if (fromLibtorch.has(python.error.type)) {
      expect(firstLine(error.message), `${label}: message`).to.equal(firstLine(python.error.message));
    }
    return;
  }
  if ('error' in ours) throw new Error(`${label}: ${ours.error.type}: ${ours.error.message}`);
  if (python.values === null || ours.values === null) {
    expect(ours.values, label).to.equal(python.values);
    return;
  }
  expect(ours.values.length, `${label}: number of results`).to.equal(python.values.length);
  ours.values.forEach((value, i) => {
    compareValue(value, (python.values as readonly PythonValue[])[i], `${label}[${i}]`);
  });
  expect(Object.keys(ours.changed ?? {}), `${label}: changed in place`).to.deep.equal(
    Object.keys(python.changed ?? {}),
  );
  for (const [name, value] of Object.entries(python.changed ?? {})) {
    expectSameBits(ours.changed?.[name] as torch.Tensor, value as PythonTensor, `${label}: ${name}`);
  }
}

function compareValue(ours: unknown, python: PythonValue | undefined, label: string): void {
  if (torch.isTensor(ours)) expectSameBits(ours, python, label);
  else expect(ours, label).to.deep.equal(isPythonTensor(python) ? 'a tensor' : python);
}

/** What Python made of a row in one dtype: its values, and its gradients unless they are not compared. */
export type PythonOutcome = readonly [Outcome, Outcome | null];

/** Runs a row in one dtype and compares; false when both sides refuse it. */
export function compareRow(row: Row, inputs: Tensors, dtype: torch.DType, python: PythonOutcome): boolean {
  const [values, gradients] = python;
  torch.scope(() => compare(valuesOf(row, inputs), values, dtype));
  if (gradients !== null) torch.scope(() => compare(gradientsOf(row, inputs), gradients, `${dtype} gradients`));
  return 'values' in values;
}

/** The operator that a row calls: `add` for `x.add_(y)` and `torch.add(x, y)`, nothing for a subscript. */
export function operatorOf([source]: Row): string | undefined {
  const [, namespace, name] = /^\(?\w+\.(?:(\w+)\.)?(\w+?)_?\(/.exec(source.replace(/^torch\.ops\./, '')) ?? [];
  return namespace === undefined || namespace === 'aten' ? name : `${namespace}.${name}`;
}
