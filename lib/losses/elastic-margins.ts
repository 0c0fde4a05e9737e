/** Margins drawn at random for each row (ElasticFace). */

import { expectNumber } from '../arguments.ts';
import { noGrad } from '../autograd/modes.ts';
import { empty, emptyLike } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';

export interface ElasticOptions {
  /** The deviation of margins, in the unit of `margin`; 0.0125 by default. */
  std?: number;
  /** Whether rows far from their class get the larger of the margins drawn (ElasticFace+); false by default. */
  plus?: boolean;
}

/** Checks a deviation that a constructor was given. */
export function expectDeviation(where: string, std: number): number {
  expectNumber(`${where}: std`, std);
  if (std < 0) throw new RangeError(`${where}: std must not be negative, got ${std}`);
  return std;
}

/** A margin for each cosine `[N]`, normally distributed around `margin`. */
export function elasticMargins(cosines: Tensor, margin: number, std: number, plus: boolean): Tensor {
  return noGrad(() => {
    const drawn = empty(cosines.shape, { dtype: cosines.dtype, device: cosines.device }).normal_(margin, std);
    if (!plus) return drawn;
    const nearestFirst = cosines.sort({ dim: 0, descending: true }).indices;
    return emptyLike(drawn).scatter_(0, nearestFirst, drawn.sort().values);
  });
}
