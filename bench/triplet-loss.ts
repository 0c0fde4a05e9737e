/** The triplet margin loss over all triplets of a batch: time at 512 rows, and how much memory larger batches take. */

import * as torch from '../lib/index.ts';
import { peakMegabytes } from './peak.ts';
import { Stopwatch } from './stopwatch.ts';

torch.setNumThreads(1);
const stopwatch = new Stopwatch();
const lossFn = new torch.losses.TripletMarginLoss({ margin: 0.2 });

function stepOf(rows: number): () => number {
  torch.manualSeed(0);
  const embeddings = torch.randn([rows, 128]).requiresGrad_();
  const labels = torch.arange(rows).remainder(10);
  return () =>
    torch.scope(() => {
      const loss = lossFn(embeddings, labels);
      loss.backward();
      embeddings.grad = null;
      return loss.item() as number;
    });
}

function growth(rows: number): number {
  const step = stepOf(rows);
  const before = peakMegabytes();
  step();
  return peakMegabytes() - before;
}

// What is loaded and allocated once is not the batch's.
stepOf(64)();
stopwatch.note('growth', growth(512));
const step = stepOf(512);
stopwatch.number('loss', step());
stopwatch.note('growth at 2048', growth(2048));
stopwatch.note('growth at 16384', growth(16384));
stopwatch.time('step', (count) => {
  for (let i = 0; i < count; i++) step();
});
stopwatch.print();
