/**
 * Matrices of all partial derivatives, measured and by backward passes, for `gradcheck`. A complex element counts as two
 * real ones, so that both matrices are real: `[inputs, outputs]`, row by row.
 */

import { overloadFunction } from '../operator.ts';
import type { Tensor } from '../tensor.ts';
import { grad } from './graph.ts';
import { noGrad } from './modes.ts';

/** All outputs of a function that is being checked, differentiable or not. */
export type Outputs = () => readonly Tensor[];

/** Partial derivatives of one output with respect to one input. */
export interface Jacobian {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
}

const viewAsReal = overloadFunction('aten', 'view_as_real', '') as (input: Tensor) => Tensor;
const zerosLike = overloadFunction('aten', 'zeros_like', '') as (input: Tensor, options: object) => Tensor;

/** The real numbers that a tensor consists of, in one dimension: a view where the tensor is contiguous. */
function parts(tensor: Tensor): Tensor {
  return (tensor.dtype.startsWith('complex') ? viewAsReal(tensor.resolveConj()) : tensor).reshape([-1]);
}

/** How many real numbers a tensor consists of. */
export function countParts(tensor: Tensor): number {
  return tensor.numel() * (tensor.dtype.startsWith('complex') ? 2 : 1);
}

/** These real numbers. */
export function valuesOf(tensor: Tensor): Float64Array {
  return parts(tensor.detach()).to('float64').toTypedArray() as Float64Array;
}

/** A tensor like another whose real numbers are these. */
export function withValues(like: Tensor, values: ArrayLike<number>): Tensor {
  const result = zerosLike(like.detach(), { memoryFormat: 'contiguous_format' });
  parts(result).copy_(like.detach().newTensor(Float64Array.from(values), { dtype: 'float64' }));
  return result;
}

/** Slopes of all outputs by central differences while `input` moves by `eps` along a direction. */
export function slopesAlong(
  outputs: Outputs,
  positions: readonly number[],
  input: Tensor,
  direction: ArrayLike<number>,
  eps: number,
): Float64Array[] {
  const values = valuesOf(input);
  const original = noGrad(() => input.detach().clone());
  const evaluate = (step: number): Float64Array[] => {
    noGrad(() =>
      input.detach().copy_(
        withValues(
          input,
          values.map((value, i) => value + step * (direction[i] as number)),
        ),
      ),
    );
    const all = outputs();
    return positions.map((position) => valuesOf(all[position] as Tensor));
  };
  try {
    const above = evaluate(eps);
    const below = evaluate(-eps);
    return above.map((high, i) =>
      high.map((value, j) => (value - ((below[i] as Float64Array)[j] as number)) / (2 * eps)),
    );
  } finally {
    noGrad(() => input.detach().copy_(original));
  }
}

/** One matrix per output at `positions`, measured. */
export function numericalJacobians(
  outputs: Outputs,
  positions: readonly number[],
  input: Tensor,
  eps: number,
): Jacobian[] {
  const rows = countParts(input);
  const direction = new Float64Array(rows);
  const slopes = Array.from({ length: rows }, (_, row) => {
    direction.fill(0);
    direction[row] = 1;
    return slopesAlong(outputs, positions, input, direction, eps);
  });
  const all = rows === 0 ? outputs() : [];
  return positions.map((position, i) => {
    const columns = rows === 0 ? countParts(all[position] as Tensor) : (slopes[0]?.[i]?.length ?? 0);
    const values = new Float64Array(rows * columns);
    for (const [row, each] of slopes.entries()) values.set(each[i] as Float64Array, row * columns);
    return { rows, columns, values };
  });
}

/** One matrix per input, by as many backward passes as the output has elements. */
export function analyticalJacobians(output: Tensor, inputs: readonly Tensor[]): Jacobian[] {
  const columns = countParts(output);
  const jacobians = inputs.map((input) => {
    const rows = countParts(input);
    return { rows, columns, values: new Float64Array(rows * columns) };
  });
  const direction = new Float64Array(columns);
  for (let column = 0; column < columns; column++) {
    direction.fill(0);
    direction[column] = 1;
    for (const [i, gradient] of gradientsAlong(output, inputs, direction).entries()) {
      const { rows, values } = jacobians[i] as Jacobian;
      for (let row = 0; row < rows; row++) values[row * columns + column] = gradient[row] as number;
    }
  }
  return jacobians;
}

/** The gradients of `direction · output`; the graph stays. */
export function gradientsAlong(
  output: Tensor,
  inputs: readonly Tensor[],
  direction: ArrayLike<number>,
): Float64Array[] {
  const gradOutputs = withValues(output, direction);
  const gradients = grad(output, inputs, { gradOutputs, retainGraph: true, allowUnused: true });
  return gradients.map((gradient, i) =>
    gradient === null ? new Float64Array(countParts(inputs[i] as Tensor)) : valuesOf(gradient),
  );
}
