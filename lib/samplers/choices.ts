/** Draws from arrays. */

import { drawPermutation } from '../data/draws.ts';
import { rand } from '../generated/torch.ts';
import type { Generator } from '../generator.ts';
import { scope } from '../scope.ts';

/** Numbers drawn evenly, each below its own limit. */
function drawBelow(limits: readonly number[], generator: Generator): number[] {
  const drawn = scope(() => rand([limits.length], { generator, dtype: 'float64' }).toTypedArray() as Float64Array);
  return limits.map((limit, i) => Math.min(limit - 1, Math.floor((drawn[i] as number) * limit)));
}

/** So many different ones of the items; where there are fewer, so many with replacement. */
export function choose<T>(items: readonly T[], count: number, generator: Generator): T[] {
  const n = items.length;
  if (n < count) return drawBelow(new Array(count).fill(n), generator).map((i) => items[i] as T);
  // The first steps of a shuffle, which moves only what it touches.
  const moved = new Map<number, number>();
  const limits = Array.from({ length: count }, (_, i) => n - i);
  return drawBelow(limits, generator).map((offset, i) => {
    const at = i + offset;
    const chosen = moved.get(at) ?? at;
    moved.set(at, moved.get(i) ?? i);
    return items[chosen] as T;
  });
}

/** The items in random order. */
export function shuffled<T>(items: readonly T[], generator: Generator): T[] {
  return drawPermutation(items.length, generator).map((i) => items[i] as T);
}
