/**
 * Quantities: numbers that may be tensors with one element, as a learning rate may be. What is computed from a tensor is
 * computed in its dtype, as in Python.
 */

import { div as divide, mul as multiply, sub as subtract, add as sum } from '../generated/torch.ts';
import { Tensor } from '../tensor.ts';

export type Quantity = number | Tensor;

/** A tensor without dimensions, so that results have none. */
function scalar(quantity: Quantity): Quantity {
  return quantity instanceof Tensor && quantity.ndim > 0 ? quantity.squeeze() : quantity;
}

/** The number that a quantity is, in full precision. */
export function numberOf(quantity: Quantity): number {
  return typeof quantity === 'number' ? quantity : Number(quantity.item());
}

export function add(a: Quantity, b: Quantity): Quantity {
  return typeof a === 'number' && typeof b === 'number' ? a + b : sum(scalar(a) as Tensor, scalar(b));
}

export function sub(a: Quantity, b: Quantity): Quantity {
  return typeof a === 'number' && typeof b === 'number' ? a - b : subtract(scalar(a) as Tensor, scalar(b));
}

export function mul(a: Quantity, b: Quantity): Quantity {
  return typeof a === 'number' && typeof b === 'number' ? a * b : multiply(scalar(a) as Tensor, scalar(b));
}

export function div(a: Quantity, b: Quantity): Quantity {
  if (typeof b === 'number') return typeof a === 'number' ? a / b : divide(scalar(a) as Tensor, b);
  // Python divides a number by a tensor so.
  if (typeof a === 'number') return multiply((scalar(b) as Tensor).reciprocal(), a);
  return divide(scalar(a) as Tensor, scalar(b));
}

export function abs(a: Quantity): Quantity {
  return typeof a === 'number' ? Math.abs(a) : a.abs();
}

/** Whether `a < b`. A number is compared with a tensor in the tensor's dtype. */
export function isLess(a: Quantity, b: Quantity): boolean {
  if (typeof a === 'number') return typeof b === 'number' ? a < b : (b.gt(a).item() as boolean);
  return a.lt(b as number).item() as boolean;
}

/** The greater one, the first where they are equal. */
export function max(a: Quantity, b: Quantity): Quantity {
  return isLess(a, b) ? b : a;
}

/** The lesser one, the first where they are equal. */
export function min(a: Quantity, b: Quantity): Quantity {
  return isLess(b, a) ? b : a;
}
