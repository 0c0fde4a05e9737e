import { where } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';

/** Distances to a power. Where one is 0 its gradient is 0 too: a root's would be infinite, and NaN with what follows. */
export function raised(distances: Tensor, power: number): Tensor {
  if (power === 1) return distances;
  if (power > 1) return distances.pow(power);
  const apart = distances.ne(0);
  return where(apart, where(apart, distances, 1).pow(power), 0);
}
