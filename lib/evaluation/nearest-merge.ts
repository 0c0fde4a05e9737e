/** The inner step of a streamed search: the best so far, and a block of further values. */

import { cat } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';

/** The smallest values of each row with their columns, smallest first, equal ones by column. */
export interface Nearest {
  /** `[Q, c]` */
  readonly values: Tensor;
  /** int64 `[Q, c]` */
  readonly indices: Tensor;
}

/** The first `count` of the values `[Q, R]` by value and column; NaN is behind everything. */
function smallest(values: Tensor, count: number): Nearest {
  const columns = values.shape[1] as number;
  if (count * 8 >= columns) return sorted(values, count);
  const [most, places] = values.topk(count + 1, { dim: 1, largest: false }) as [Tensor, Tensor];
  // Which of equal values it takes is topk's affair. It matters only where the last one taken equals the first one left.
  const unclear = most
    .select(1, count - 1)
    .lt(most.select(1, count))
    .logicalNot()
    .nonzero()
    .squeeze(1);
  const indices = places.narrow(1, 0, count).sort({ dim: 1 })[0] as Tensor;
  const [ordered, order] = values.gather(1, indices).sort({ dim: 1, stable: true }) as [Tensor, Tensor];
  const taken = { values: ordered, indices: indices.gather(1, order) };
  if (unclear.numel() > 0) {
    const again = sorted(values.index([unclear]), count);
    taken.values.indexCopy_(0, unclear, again.values);
    taken.indices.indexCopy_(0, unclear, again.indices);
  }
  return taken;
}

function sorted(values: Tensor, count: number): Nearest {
  const [all, indices] = values.sort({ dim: 1, stable: true }) as [Tensor, Tensor];
  if (count === all.shape[1]) return { values: all, indices };
  return { values: all.narrow(1, 0, count).clone(), indices: indices.narrow(1, 0, count).clone() };
}

/**
 * The best `count` of what was seen and of a block that comes after it: all of one row's candidates in blocks, in order,
 * give the same as all of them at once.
 *
 * @param best what earlier blocks gave, null before the first.
 * @param values `[Q, R]`, small being near.
 * @param first the number of the block's first column.
 */
export function mergeNearest(best: Nearest | null, values: Tensor, first: number, count: number): Nearest {
  const found = smallest(values, Math.min(count, values.shape[1] as number));
  if (best === null) return first === 0 ? found : { values: found.values, indices: found.indices.add(first) };
  // Columns of earlier blocks are lower, so that a stable sort keeps equal values in order.
  const together = cat([best.values, found.values], 1);
  const kept = Math.min(count, together.shape[1] as number);
  const { values: nearest, indices: order } = sorted(together, kept);
  return { values: nearest, indices: cat([best.indices, found.indices.add(first)], 1).gather(1, order) };
}
