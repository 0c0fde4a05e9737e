/**
 * How time and memory of the triplet margin loss over all triplets grow with the batch: a table, and the exponent that is
 * left when N² log N is divided out. `npx tsx bench/triplet-scaling.ts`
 */

import * as torch from '../lib/index.ts';
import { peakMegabytes } from './peak.ts';

torch.setNumThreads(1);
const lossFn = new torch.losses.TripletMarginLoss({ margin: 0.2 });

function step(rows: number): number {
  torch.manualSeed(0);
  const embeddings = torch.randn([rows, 128]).requiresGrad_();
  const labels = torch.arange(rows).remainder(10);
  const start = performance.now();
  torch.scope(() => lossFn(embeddings, labels).backward());
  return performance.now() - start;
}

/** The slope of a line through points. */
function slope(points: readonly (readonly [number, number])[]): number {
  const mean = (at: 0 | 1) => points.reduce((sum, point) => sum + point[at], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const covariance = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  return covariance / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
}

step(64);
const sizes = [512, 1024, 2048, 4096, 8192, 16384];
const measured = sizes.map((rows) => {
  const before = peakMegabytes();
  const times = Array.from({ length: rows > 4096 ? 1 : 5 }, () => step(rows));
  const best = Math.min(...times);
  const triplets = rows * (rows / 10 - 1) * (rows * 0.9);
  const growth = peakMegabytes() - before;
  console.log(
    `${String(rows).padStart(6)} rows  ${(triplets / 1e6).toFixed(0).padStart(8)} million triplets  ${best.toFixed(0).padStart(7)} ms  ${growth.toFixed(0).padStart(5)} MB more`,
  );
  return [rows, best] as const;
});
const logs = measured.map(([rows, time]) => [Math.log(rows), Math.log(time)] as const);
const rest = measured.map(([rows, time]) => [Math.log(rows), Math.log(time / Math.log(rows))] as const);
console.log(`time grows as N^${slope(logs).toFixed(2)}, or as N^${slope(rest).toFixed(2)} log N`);
