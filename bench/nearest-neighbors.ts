/** Exact nearest neighbours of many rows. */

import * as torch from '../lib/index.ts';
import { Stopwatch } from './stopwatch.ts';

torch.setNumThreads(1);
torch.manualSeed(0);
const stopwatch = new Stopwatch();
const rows = torch.randn([60_000, 128]);
for (const k of [10, 100]) {
  const start = performance.now();
  const { distances } = torch.evaluation.nearestNeighbors(rows, rows, { k });
  stopwatch.note(`k ${k}`, (performance.now() - start) * 1e6);
  // Without the row itself, whose distance is 0 here and the rounding of its square in faiss.
  stopwatch.number(
    `mean distance, k ${k}`,
    distances
      .narrow(1, 1, k - 1)
      .mean()
      .item() as number,
  );
}
stopwatch.print();
