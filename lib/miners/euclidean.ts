import type { Distance } from '../distances/distance.ts';
import { LpDistance } from '../distances/lp-distance.ts';

/** Checks that a distance is Euclidean, and between points of the unit sphere where that is asked for. */
export function expectEuclidean(where: string, distance: Distance, normalized: boolean): LpDistance {
  const isEuclidean = distance instanceof LpDistance && distance.p === 2 && distance.power === 1;
  if (isEuclidean && (!normalized || distance.normalizeEmbeddings)) return distance;
  const expected = `an LpDistance with p 2 and power 1${normalized ? ' of normalised embeddings' : ''}`;
  const { p, power, normalizeEmbeddings } = distance as LpDistance;
  const got = distance instanceof LpDistance ? { p, power, normalizeEmbeddings } : {};
  throw new TypeError(
    `${where}: distance must be ${expected}, got ${distance.constructor.name} ${JSON.stringify(got)}`,
  );
}
