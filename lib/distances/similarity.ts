import { sort, sub } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { Distance } from './distance.ts';

/** A distance that points the other way: large is near. */
export abstract class Similarity extends Distance {
  override get farthest(): number {
    return Number.NEGATIVE_INFINITY;
  }

  override ascending(values: Tensor): Tensor {
    return values.neg();
  }

  override margin(positive: Tensor | number, negative: Tensor | number): Tensor {
    return sub(positive, negative);
  }

  override sort(values: Tensor): { values: Tensor; indices: Tensor } {
    const [sorted, indices] = sort(values, { stable: true, dim: -1, descending: true });
    return { values: sorted, indices };
  }
}
