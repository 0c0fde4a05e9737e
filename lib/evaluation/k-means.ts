/** Clusters of embeddings. */

import { expectInteger } from '../arguments.ts';
import { noGrad } from '../autograd/modes.ts';
import { LpDistance } from '../distances/lp-distance.ts';
import { expectEmbeddings, widened } from '../embeddings.ts';
import { describeValue } from '../errors.ts';
import { minimum, rand, searchsorted, zeros } from '../generated/torch.ts';
import type { Generator } from '../generator.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { nearestNeighbors } from './nearest-neighbors.ts';

export interface KMeansOptions {
  /** The most rounds of assigning rows and moving centres; 20 by default. Fewer are done where nothing changes. */
  iterations?: number;
  /** How often to begin anew; the clusters of the smallest inertia are given. 1 by default. */
  restarts?: number;
  /** Where random numbers come from; the one that `torch.manualSeed` sets by default. */
  generator?: Generator | null;
}

export interface Clusters {
  /** The cluster of each row, int64 `[N]`, from 0 to K - 1. */
  readonly assignments: Tensor;
  /** `[K, D]` */
  readonly centers: Tensor;
  /** The sum of squared distances from rows to their centres. */
  readonly inertia: number;
}

const euclidean = new LpDistance({ normalizeEmbeddings: false });

/** Rows drawn one after the other, each with a probability in proportion to its squared distance from those before. */
function seedCenters(points: Tensor, clusters: number, generator: Generator | null): Tensor {
  const rows = points.shape[0] as number;
  return scope(() => {
    const chosen = zeros([clusters], { dtype: 'int64', device: points.device });
    let squares = zeros([rows], { dtype: 'float64', device: points.device }).add_(1);
    for (let i = 0; i < clusters; i++) {
      const before = squares;
      squares = scope(() => {
        const sums = before.cumsum(0);
        const drawn = rand([1], { dtype: 'float64', generator })
          .to(points.device)
          .mul(sums.select(0, rows - 1));
        const row = searchsorted(sums, drawn, { right: true }).clampMax(rows - 1);
        chosen.narrow(0, i, 1).copy_(row);
        const distances = points
          .sub(points.index([row]))
          .square()
          .sum(1)
          .double();
        return i === 0 ? distances : minimum(before, distances);
      });
      before.dispose();
    }
    return points.index([chosen]);
  });
}

function clusterOnce(points: Tensor, clusters: number, iterations: number, generator: Generator | null): Clusters {
  const [rows, dimensions] = points.shape as [number, number];
  let centers = seedCenters(points, clusters, generator);
  const assign = () => {
    const { distances, indices } = nearestNeighbors(points, centers, { k: 1, distance: euclidean });
    return { assignments: indices.squeeze(1), squares: distances.squeeze(1).double().square() };
  };
  let current = assign();
  for (let i = 0; i < iterations; i++) {
    const { assignments, squares } = current;
    centers = scope(() => {
      const counts = assignments.bincount({ minlength: clusters });
      const sums = zeros([clusters, dimensions], { dtype: 'float64', device: points.device });
      const moved = sums.indexAdd_(0, assignments, points.double()).div(counts.clampMin(1).unsqueeze(1));
      const empty = counts.eq(0).nonzero().squeeze(1);
      if (empty.numel() > 0) {
        // A cluster without rows begins again where a row is worst served.
        const farthest = squares.topk(Math.min(empty.numel(), rows))[1] as Tensor;
        moved.indexCopy_(0, empty, points.index([farthest]).double());
      }
      return moved.to(points.dtype);
    });
    current = assign();
    if (current.assignments.equal(assignments)) break;
  }
  return { assignments: current.assignments, centers, inertia: current.squares.sum().item() as number };
}

/**
 * k-means of the rows of embeddings `[N, D]`, by Euclidean distance: Lloyd's rounds from centres that k-means++ chooses
 * (Arthur, Vassilvitskii 2007). The same seed gives the same clusters.
 *
 * @param clusters K, from 1 to N.
 * @throws RangeError for a K that is not.
 * @example
 * const { assignments } = torch.evaluation.kMeans(embeddings, 10);
 */
export function kMeans(
  embeddings: Tensor,
  clusters: number,
  { iterations = 20, restarts = 1, generator = null }: KMeansOptions = {},
): Clusters {
  expectEmbeddings('kMeans: embeddings', embeddings);
  const rows = embeddings.shape[0] as number;
  if (!Number.isSafeInteger(clusters) || clusters < 1 || clusters > rows) {
    throw new RangeError(`kMeans: clusters must be an integer from 1 to ${rows}, got ${describeValue(clusters)}`);
  }
  expectInteger('kMeans: iterations', iterations);
  expectInteger('kMeans: restarts', restarts);
  return noGrad(() =>
    scope(() => {
      const points = widened(embeddings);
      let best = clusterOnce(points, clusters, iterations, generator);
      for (let i = 1; i < restarts; i++) {
        const next = clusterOnce(points, clusters, iterations, generator);
        if (next.inertia < best.inertia) best = next;
      }
      return best;
    }),
  );
}
