/** Vectors of unit length. */

import { vectorNorm } from '../../generated/linalg.ts';
import type { Tensor } from '../../tensor.ts';
import { readTrailing, type Trailing } from '../arguments.ts';

export interface NormalizeOptions {
  /** The norm's degree; 2 by default. */
  p?: number;
  /** The dimension along which vectors lie; 1 by default. */
  dim?: number;
  /** The least length that is divided by; 1e-12 by default. */
  eps?: number;
}

/**
 * Divides vectors by their length: `v / max(‖v‖_p, eps)` (`F.normalize`).
 *
 * @param input of any shape; with `dim` 1 the rows of `[N, D]`.
 */
export function normalize(
  input: Tensor,
  ...rest: Trailing<[p: number, dim: number, eps: number], NormalizeOptions>
): Tensor {
  const defaults: Required<NormalizeOptions> = { p: 2, dim: 1, eps: 1e-12 };
  const { p, dim, eps } = readTrailing('normalize', ['p', 'dim', 'eps'], rest, defaults);
  return input.div(vectorNorm(input, p, dim, { keepdim: true }).clampMin(eps).expandAs(input));
}
