import type { Distance } from '../distances/distance.ts';
import { DotProductSimilarity } from '../distances/dot-product-similarity.ts';
import { describeValue } from '../errors.ts';

/** Checks the distance of a loss whose formula is of cosines. */
export function expectCosine(where: string, distance: Distance): void {
  const isCosine = distance instanceof DotProductSimilarity && distance.normalizeEmbeddings && distance.p === 2;
  if (isCosine) return;
  throw new TypeError(`${where}: distance must be a CosineSimilarity, got ${describeValue(distance)}`);
}
