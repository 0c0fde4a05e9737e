/**
 * Functions of C's mathematical library, with which Python computes, too. JavaScript's own differ from them in the last
 * bit at times, and vectorised kernels do; each of these operators calls the library for every element.
 */

import { tensor } from '../creation.ts';
import { logspace, polar, xlogy } from '../generated/torch.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';

const options = { dtype: 'float64', device: 'cpu' } as const;

function numberOf(compute: () => Tensor): number {
  return scope(() => compute().item() as number);
}

/** C's `pow`: Python's `base ** exponent` of floats. */
export function pow(base: number, exponent: number): number {
  return numberOf(() => logspace(exponent, exponent, 1, base, options));
}

/** C's `cos`. */
export function cos(angle: number): number {
  return numberOf(() => polar(tensor(1, options), tensor(angle, options)).real);
}

/** C's `log`. */
export function log(value: number): number {
  return numberOf(() => xlogy(tensor(1, options), tensor(value, options)));
}
