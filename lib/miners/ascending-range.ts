import { tensor } from '../creation.ts';
import type { Distance } from '../distances/distance.ts';
import { describeValue } from '../errors.ts';
import { scope } from '../scope.ts';

/** A range of distances or similarities as one where small is near, checked. */
export function ascendingRange(
  where: string,
  range: readonly [number, number] | null,
  distance: Distance,
): readonly [number, number] | null {
  if (range === null) return null;
  const isRange = Array.isArray(range) && range.length === 2 && range.every((end) => typeof end === 'number');
  if (!isRange || !(range[0] <= range[1])) {
    throw new RangeError(`${where} must be [low, high] or null, got ${describeValue(range)}`);
  }
  const [a, b] = scope(() => distance.ascending(tensor([...range], { dtype: 'float64' })).tolist()) as [number, number];
  return a <= b ? [a, b] : [b, a];
}
