/** Embeddings on a plane. */

import { createRequire } from 'node:module';
import { noGrad } from '../autograd/modes.ts';
import { widened } from '../embeddings.ts';
import { describeValue } from '../errors.ts';
import { nearestNeighbors } from '../evaluation/nearest-neighbors.ts';
import { rand, zeros } from '../generated/torch.ts';
import { pcaLowrank } from '../low-rank.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';

export interface Plane {
  readonly points: readonly (readonly [x: number, y: number])[];
  /** The share of the variance that each of the two axes holds; null where axes mean nothing. */
  readonly explained: readonly [number, number] | null;
}

/** Principal components 1 and 2 of embeddings `[N, D]`. */
export function principalPlane(embeddings: Tensor): Plane {
  return noGrad(() =>
    scope(() => {
      const points = widened(embeddings);
      const centred = points.sub(points.mean(0, { keepdim: true }));
      const [rows, dimensions] = points.shape as [number, number];
      // More than two, and some rounds, so that the two are as good as exact.
      const [, singular, axes] = pcaLowrank(centred, { q: Math.min(8, rows, dimensions), center: false, niter: 4 });
      const kept = Math.min(2, axes.shape[1] as number);
      const some = axes.narrow(1, 0, kept);
      // An axis may point either way: its largest coordinate is made positive.
      const largest = some.gather(0, some.abs().argmax(0, { keepdim: true }));
      const plane = zeros([rows, 2], { dtype: points.dtype });
      plane.narrow(1, 0, kept).copy_(centred.matmul(some.mul(largest.sign())));
      const total = Math.max(centred.square().sum().item() as number, Number.MIN_VALUE);
      const variance = singular.square().tolist() as number[];
      return {
        points: plane.tolist() as [number, number][],
        explained: [(variance[0] ?? 0) / total, (variance[1] ?? 0) / total] as const,
      };
    }),
  );
}

interface Umap {
  setPrecomputedKNN(indices: number[][], distances: number[][]): void;
  fit(points: number[][]): number[][];
}
type UmapConstructor = new (options: { nNeighbors: number; minDist: number; random: () => number }) => Umap;

function loadUmap(): UmapConstructor {
  try {
    return (createRequire(import.meta.url)('umap-js') as { UMAP: UmapConstructor }).UMAP;
  } catch (cause) {
    throw new Error("embeddingMap: method 'umap' needs the package umap-js; npm install umap-js", { cause });
  }
}

/**
 * UMAP (McInnes, Healy, Melville 2018) from exact neighbours: near points stay near; axes and large distances mean nothing.
 * Its random numbers are drawn from torch's generator.
 */
export function neighborPlane(embeddings: Tensor, neighbors: number): Plane {
  const UMAP = loadUmap();
  const count = embeddings.shape[0] as number;
  if (!Number.isSafeInteger(neighbors) || neighbors < 2 || neighbors >= count) {
    throw new RangeError(
      `embeddingMap: neighbors must be an integer from 2 to ${count - 1}, got ${describeValue(neighbors)}`,
    );
  }
  let drawn: Float64Array = new Float64Array(0);
  let next = 0;
  const random = () => {
    if (next === drawn.length) {
      drawn = scope(() => rand([1 << 14], { dtype: 'float64' }).toTypedArray()) as Float64Array;
      next = 0;
    }
    return drawn[next++] as number;
  };
  return scope(() => {
    // Each point counts as its own first neighbour.
    const { distances, indices } = nearestNeighbors(embeddings, embeddings, {
      k: neighbors - 1,
      refIncludesQuery: true,
    });
    const withSelf = (rows: unknown, self: (i: number) => number) =>
      (rows as number[][]).map((row, i) => [self(i), ...row]);
    const umap = new UMAP({ nNeighbors: neighbors, minDist: 0.1, random });
    umap.setPrecomputedKNN(
      withSelf(indices.tolist(), (i) => i),
      withSelf(distances.tolist(), () => 0),
    );
    const points = umap.fit(widened(embeddings).tolist() as number[][]);
    return { points: points.map(([x, y]) => [x as number, y as number] as const), explained: null };
  });
}
