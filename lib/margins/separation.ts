/** How far classes are apart, in scores and in embeddings. */

import { noGrad } from '../autograd/modes.ts';
import { unique } from '../composite.ts';
import type { Distance } from '../distances/distance.ts';
import { LpDistance } from '../distances/lp-distance.ts';
import { expectEmbeddings, expectLabels, widened } from '../embeddings.ts';
import { zeros } from '../generated/torch.ts';
import { rowBlocks, rowsPerBlock } from '../row-blocks.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { expectScoresAndLabels } from './calibration.ts';

/**
 * By how much the score of the right class exceeds every other: `s_c - max_{j≠c} s_j`, `[N]`. Below 0 where another class is
 * predicted.
 *
 * @param scores `[N, K]`
 * @param labels int64 `[N]`, class ids.
 */
export function scoreMargins(scores: Tensor, labels: Tensor): Tensor {
  expectScoresAndLabels('scoreMargins', scores, labels);
  return noGrad(() =>
    scope(() => {
      const ids = labels.unsqueeze(1);
      const own = scores.gather(1, ids).squeeze(1);
      return own.sub(scores.scatter(1, ids, Number.NEGATIVE_INFINITY).amax(1));
    }),
  );
}

/**
 * The mean silhouette `(b - a) / max(a, b)` of embeddings (Rousseeuw 1987): a is the mean distance of a row to the others of
 * its class, b to the rows of the nearest other class; 1 where classes are far apart and tight, 0 where they touch. A row
 * that is alone in its class counts 0.
 *
 * @param embeddings `[N, D]`
 * @param labels int64 `[N]`
 * @param distance Euclidean between the embeddings as they are by default; of a similarity s it takes `1 - s`.
 * @returns NaN where there are fewer than two classes.
 */
export function silhouette(
  embeddings: Tensor,
  labels: Tensor,
  { distance = new LpDistance({ normalizeEmbeddings: false }) }: { distance?: Distance } = {},
): number {
  expectEmbeddings('silhouette: embeddings', embeddings);
  expectLabels('silhouette: labels', labels, embeddings);
  return noGrad(() =>
    scope(() => {
      const rows = widened(embeddings);
      const [values, classes] = unique(labels, { returnInverse: true }) as [Tensor, Tensor];
      const [count, kinds] = [labels.numel(), values.numel()];
      if (kinds < 2) return NaN;
      const members = zeros([count, kinds], { dtype: 'float64', device: rows.device }).scatter(
        1,
        classes.unsqueeze(1),
        1,
      );
      const sizes = members.sum(0);
      let sum = 0;
      for (const [begin, length] of rowBlocks(count, rowsPerBlock(count))) {
        sum += scope(() => {
          const block = rows.narrow(0, begin, length);
          // Ascending similarities end at -1.
          const apart = distance.ascending(distance.matrix(block, rows)).double();
          const distances = distance.farthest > 0 ? apart : apart.add(1);
          distances.diagonal(begin).fill_(0);
          const own = classes.narrow(0, begin, length).unsqueeze(1);
          const sums = distances.matmul(members);
          const others = sizes.index([own.squeeze(1)]).sub(1);
          const a = sums.gather(1, own).squeeze(1).div(others.clampMin(1));
          const b = sums.div(sizes).scatter(1, own, Number.POSITIVE_INFINITY).amin(1);
          const values = b.sub(a).div(a.maximum(b).clampMin(1e-300));
          return values.mul(others.gt(0)).sum().item() as number;
        });
      }
      return sum / count;
    }),
  );
}
