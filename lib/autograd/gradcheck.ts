/** Checks of gradients against finite differences (`torch.autograd.gradcheck`). */

import { tensor } from '../creation.ts';
import { describeValue } from '../errors.ts';
import { overloadFunction } from '../operator.ts';
import { Tensor } from '../tensor.ts';
import { AutogradFunction, type FunctionContext } from './function.ts';
import { grad } from './graph.ts';
import {
  analyticalJacobians,
  countParts,
  gradientsAlong,
  type Jacobian,
  numericalJacobians,
  type Outputs,
  slopesAlong,
  withValues,
} from './jacobian.ts';

export interface GradcheckOptions {
  /** Step of the finite differences; 1e-6 when not given. */
  eps?: number;
  /** Absolute tolerance; 1e-5 when not given. */
  atol?: number;
  /** Relative tolerance; 1e-3 when not given. */
  rtol?: number;
  /** With false, a failed check returns false; true when not given. */
  raiseException?: boolean;
  /** How far two backward passes over the same graph may differ; 0 when not given. */
  nondetTol?: number;
  /** Also checks that backward takes outputs without gradient; true when not given. */
  checkUndefinedGrad?: boolean;
  /** Compares one random projection of each Jacobian instead of all its entries. */
  fastMode?: boolean;
}

/** The gradients of a function are wrong; the message shows both Jacobians. */
export class GradcheckError extends Error {
  override readonly name = 'GradcheckError';
}

/** A function of tensors (and other arguments) with one or several outputs. */
export type CheckedFunction<Inputs extends readonly unknown[]> = (
  ...inputs: [...Inputs]
) => Tensor | readonly (Tensor | null)[];

interface Tolerance {
  readonly eps: number;
  readonly atol: number;
  readonly rtol: number;
  readonly nondetTol: number;
}

interface Check extends Tolerance {
  readonly outputs: Outputs;
  /** The inputs that require a gradient, and where each stands among all. */
  readonly inputs: readonly Tensor[];
  readonly inputPositions: readonly number[];
}

/** Passes its input on and gives it no gradient. */
class UndefinedGrad extends AutogradFunction {
  static forward(_ctx: FunctionContext, x: Tensor): Tensor {
    return x;
  }
  static backward(): null {
    return null;
  }
}

/** @internal The tensors that a checked function returned. */
export function listOf(where: string, returned: unknown): Tensor[] {
  const list: readonly unknown[] = Array.isArray(returned) ? returned : [returned];
  const tensors = list.filter((each) => each instanceof Tensor);
  if (tensors.length === 0) {
    throw new TypeError(`${where}: fn must return a Tensor or a list of them, got ${describeValue(returned)}`);
  }
  return tensors;
}

/** @internal All inputs as a list, of which one requires a gradient. */
export function expectInputs(where: string, inputs: unknown): readonly unknown[] {
  const list: readonly unknown[] = Array.isArray(inputs) ? inputs : [inputs];
  const differentiable = list.filter((each) => each instanceof Tensor && each.requiresGrad);
  if (differentiable.length === 0) {
    throw new TypeError(`${where}: inputs must hold at least one Tensor that requires a gradient`);
  }
  for (const [i, input] of list.entries()) {
    if (!(input instanceof Tensor) || !input.requiresGrad) continue;
    if (input.layout !== 'strided') throw new TypeError(`${where}: input ${i} must be strided, got ${input.layout}`);
    const { shape, strides } = input;
    if (strides.some((stride, dim) => stride === 0 && (shape[dim] as number) > 1)) {
      throw new RangeError(`${where}: input ${i} has elements that share memory, so they cannot be moved one by one`);
    }
    if (input.dtype !== 'float64' && input.dtype !== 'complex128') {
      process.emitWarning(
        `${where}: input ${i} is ${input.dtype}; finite differences need float64 or complex128, so the check will likely fail`,
      );
    }
  }
  return list;
}

function differs(a: number, b: number, atol: number, rtol: number): boolean {
  return a !== b && !(Math.abs(a - b) <= atol + rtol * Math.abs(b));
}

function show({ rows, columns, values }: Jacobian): string {
  return tensor(values).reshape([rows, columns]).toString();
}

function mismatch(output: number, input: number, numerical: Jacobian, analytical: Jacobian): GradcheckError {
  const element = analytical.values.findIndex((value, i) => value !== numerical.values[i]);
  return new GradcheckError(
    `gradcheck: Jacobian mismatch for output ${output} with respect to input ${input} (first at ` +
      `[${Math.floor(element / numerical.columns)}, ${element % numerical.columns}]; a row per input element, a column ` +
      `per output element),\nnumerical: ${show(numerical)}\nanalytical: ${show(analytical)}`,
  );
}

/** The outputs that have a graph, by position; the others must not depend on the inputs. */
function differentiablePositions(all: readonly Tensor[]): number[] {
  return all.flatMap((output, i) => (output.requiresGrad ? [i] : []));
}

function compareAll(check: Check): void {
  const { outputs, inputs, inputPositions, eps, atol, rtol, nondetTol } = check;
  const all = outputs();
  const positions = differentiablePositions(all);
  const floating = all.flatMap((output, i) => (/^(float|complex|bfloat)/.test(output.dtype) ? [i] : []));
  if (positions.length === 0) {
    compareWithZero(check, floating);
    return;
  }
  const analytical = positions.map((position) => analyticalJacobians(all[position] as Tensor, inputs));
  for (const [o, position] of positions.entries()) {
    const again = analyticalJacobians(all[position] as Tensor, inputs);
    for (const [i, second] of again.entries()) {
      const first = (analytical[o] as Jacobian[])[i] as Jacobian;
      if (second.values.some((value, at) => differs(value, first.values[at] as number, nondetTol, 0))) {
        throw new GradcheckError(
          `gradcheck: backward is not deterministic for output ${position} with respect to input ${inputPositions[i]}: ` +
            `two passes over one graph differ by more than nondetTol ${nondetTol},\nfirst: ${show(first)}\nsecond: ${show(second)}`,
        );
      }
    }
  }
  for (const [i, input] of inputs.entries()) {
    const numerical = numericalJacobians(outputs, positions, input, eps);
    for (const [o, measured] of numerical.entries()) {
      const computed = (analytical[o] as Jacobian[])[i] as Jacobian;
      if (computed.values.some((value, at) => differs(value, measured.values[at] as number, atol, rtol))) {
        throw mismatch(positions[o] as number, inputPositions[i] as number, measured, computed);
      }
    }
  }
}

function compareWithZero(check: Check, positions: readonly number[]): void {
  for (const [i, input] of check.inputs.entries()) {
    for (const [o, measured] of numericalJacobians(check.outputs, positions, input, check.eps).entries()) {
      if (measured.values.some((value) => differs(value, 0, check.atol, 0))) {
        throw new GradcheckError(
          `gradcheck: output ${positions[o]} has no graph, but moves with input ${check.inputPositions[i]},\n` +
            `numerical: ${show(measured)}`,
        );
      }
    }
  }
}

/** A unit vector of positive entries, the same in every run. */
function randomDirection(count: number, draw: () => number): Float64Array {
  const direction = Float64Array.from({ length: count }, draw);
  const norm = Math.hypot(...direction) || 1;
  return direction.map((value) => value / norm);
}

/** @internal Uniform in [0, 1), from Weyl's sequence with the golden ratio: no stream of random numbers of the user is touched. */
export function drawing(): () => number {
  let state = 0;
  return () => {
    state = (state + 0.6180339887498949) % 1;
    return state;
  };
}

function dot(a: ArrayLike<number>, b: Float64Array): number {
  return b.reduce((sum, value, i) => sum + value * (a[i] as number), 0);
}

function compareProjections(check: Check): void {
  const all = check.outputs();
  const positions = differentiablePositions(all);
  if (positions.length === 0) {
    compareAll(check);
    return;
  }
  const draw = drawing();
  const onOutputs = positions.map((position) => randomDirection(countParts(all[position] as Tensor), draw));
  const onInputs = check.inputs.map((input) => randomDirection(countParts(input), draw));
  const gradients = positions.map((position, o) =>
    gradientsAlong(all[position] as Tensor, check.inputs, onOutputs[o] as Float64Array),
  );
  for (const [i, input] of check.inputs.entries()) {
    const u = onInputs[i] as Float64Array;
    for (const [o, slopes] of slopesAlong(check.outputs, positions, input, u, check.eps).entries()) {
      const v = onOutputs[o] as Float64Array;
      const measured = dot(slopes, v);
      const computed = dot((gradients[o] as Float64Array[])[i] as Float64Array, u);
      // Errors of single entries add up in a projection.
      const atol = check.atol * u.reduce((a, b) => a + b, 0) * v.reduce((a, b) => a + b, 0);
      if (!differs(computed, measured, atol, check.rtol)) continue;
      compareAll(check);
      throw new GradcheckError(
        `gradcheck: output ${positions[o]} with respect to input ${check.inputPositions[i]}: a random projection of the ` +
          `Jacobian is ${measured} measured and ${computed} computed, though every entry is within tolerance; ` +
          'use fastMode: false or other tolerances',
      );
    }
  }
}

/** A gradient of zeros, or none, must give zeros or none. */
function checkZeroGradients(check: Check, outputs: readonly Tensor[], message: string): void {
  const gradOutputs = outputs.map((output) => withValues(output, new Float64Array(countParts(output))));
  for (const [i, gradient] of grad(outputs, check.inputs, { gradOutputs, allowUnused: true }).entries()) {
    if (gradient !== null && !gradient.eq(0).all().item()) {
      throw new GradcheckError(`gradcheck: input ${check.inputPositions[i]}: ${message}`);
    }
  }
}

const viewAs = overloadFunction('aten', 'view_as', '') as (input: Tensor, other: Tensor) => Tensor;

function checkUndefined(check: Check): void {
  const differentiable = () => check.outputs().filter((output) => output.requiresGrad);
  const count = differentiable().length;
  const message = 'backward must give no gradient or zeros when the gradient of every output is undefined or zero';
  const undefinedAt = count > 1 ? [undefined, ...Array.from({ length: count }, (_, i) => i)] : [undefined];
  for (const only of undefinedAt) {
    const outputs = differentiable().map((output, i) =>
      only === undefined || only === i ? UndefinedGrad.apply(viewAs(output, output)) : output,
    );
    try {
      checkZeroGradients(check, outputs, message);
    } catch (error) {
      if (error instanceof GradcheckError) throw error;
      throw new GradcheckError('gradcheck: backward must work when the gradients of its outputs are undefined', {
        cause: error,
      });
    }
  }
}

/**
 * Compares the gradients of a function with central finite differences, entry by entry
 * (`torch.autograd.gradcheck`). Complex inputs and outputs are checked in their real and imaginary parts.
 *
 * @param fn takes `inputs` and returns one or several tensors; it must give the same values at every call.
 * @param inputs tensors, of which at least one requires a gradient, in float64 or complex128; other values are passed on.
 * @returns true; false where a check failed and `raiseException` is false.
 * @throws GradcheckError with both Jacobians if they differ by more than `atol + rtol * |numerical|`.
 * @example
 * const x = torch.randn([3], { dtype: 'float64', requiresGrad: true });
 * torch.autograd.gradcheck((x) => x.sin(), [x]); // true
 */
export function gradcheck<const Inputs extends readonly unknown[]>(
  fn: CheckedFunction<Inputs>,
  inputs: Inputs,
  options: GradcheckOptions = {},
): boolean {
  return runCheck('gradcheck', fn as CheckedFunction<unknown[]>, expectInputs('gradcheck', inputs), options);
}

/** @internal `gradcheck` of inputs that were looked at already; `where` names the function in errors. */
export function runCheck(
  where: string,
  fn: CheckedFunction<unknown[]>,
  list: readonly unknown[],
  options: GradcheckOptions,
): boolean {
  if (typeof fn !== 'function') throw new TypeError(`${where}: fn must be a function, got ${describeValue(fn)}`);
  const inputPositions = list.flatMap((input, i) => (input instanceof Tensor && input.requiresGrad ? [i] : []));
  const check: Check = {
    outputs: () => listOf(where, fn(...list)),
    inputs: inputPositions.map((i) => list[i] as Tensor),
    inputPositions,
    eps: options.eps ?? 1e-6,
    atol: options.atol ?? 1e-5,
    rtol: options.rtol ?? 1e-3,
    nondetTol: options.nondetTol ?? 0,
  };
  try {
    (options.fastMode === true ? compareProjections : compareAll)(check);
    const outputs = check.outputs().filter((output) => output.requiresGrad);
    if (outputs.length === 0) return true;
    checkZeroGradients(check, outputs, 'backward does not multiply by the gradient of the output');
    if (options.checkUndefinedGrad !== false) checkUndefined(check);
    return true;
  } catch (error) {
    if (error instanceof GradcheckError && options.raiseException === false) return false;
    throw error;
  }
}
