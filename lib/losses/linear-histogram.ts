/** Histograms that can be differentiated: a value counts for the two nodes around it, more for the nearer one. */

import { sub, zeros } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';

/** Where values `[...]` lie among nodes 0, 1, ..., `intervals`: between `lower` and the next one, by `share`. */
export interface NodePlaces {
  /** int64, at most `intervals - 1`. */
  readonly lower: Tensor;
  /** How near to the next node, 0 to 1; has a gradient. */
  readonly share: Tensor;
}

/** Places of values in units of nodes; what lies beyond the ends counts for the ends. */
export function placesAmong(values: Tensor, intervals: number): NodePlaces {
  const places = values.clamp({ min: 0, max: intervals });
  const lower = places
    .detach()
    .floor()
    .clampMax(intervals - 1);
  return { lower: lower.long(), share: places.sub(lower) };
}

/** The weight of each node along the last dimension, `[..., intervals + 1]`, of places that count `weights`. */
export function linearHistogram({ lower, share }: NodePlaces, intervals: number, weights?: Tensor): Tensor {
  const [below, above] = [sub(1, share), share].map((each) => (weights === undefined ? each : each.mul(weights)));
  const shape = [...share.shape.slice(0, -1), intervals + 1];
  return zeros(shape, { dtype: share.dtype, device: share.device })
    .scatterAdd(-1, lower, below as Tensor)
    .scatterAdd(-1, lower.add(1), above as Tensor);
}
