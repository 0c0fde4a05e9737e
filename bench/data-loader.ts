/**
 * How long does the event loop wait while batches are loaded and trained on? Prints percentiles of its delay, with and
 * without workers: `npx tsx bench/data-loader.ts`. Nothing is asserted, because the numbers belong to the machine.
 */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import * as torch from '../lib/index.ts';
import { Images } from './modules/images.ts';

const { nn } = torch;
torch.setNumThreads(1);

const batchSize = 64;
const batches = 300;
const warmUp = 20;

/** Walks through an epoch, training with `fit` or not, and reports how the event loop fared. */
async function measure(title: string, numWorkers: number, trains: boolean): Promise<void> {
  torch.manualSeed(0);
  const loader = new torch.data.DataLoader(new Images(batchSize * (batches + warmUp)), batchSize, {
    shuffle: true,
    numWorkers,
  });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let seen = 0;
  let start = 0;
  const count = () => {
    if (++seen !== warmUp) return;
    delay.enable();
    start = performance.now();
  };
  if (trains) {
    const model = new nn.Sequential(new nn.Flatten(), new nn.Linear(3072, 64), new nn.ReLU(), new nn.Linear(64, 10));
    const optimizer = new torch.optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.9 });
    const lossFn = new nn.MultiMarginLoss();
    await torch.training.fit({
      model,
      optimizer,
      data: loader,
      loss: ([images, labels]) => lossFn(model(images), labels),
      epochs: 1,
      callbacks: [{ onStep: count }],
    });
  } else {
    for await (const [images, labels] of loader) {
      images.dispose();
      labels.dispose();
      count();
    }
  }
  const seconds = (performance.now() - start) / 1000;
  delay.disable();
  const ms = (nanoseconds: number) => (nanoseconds / 1e6).toFixed(2).padStart(8);
  const [p50, p99] = [50, 99].map((share) => ms(delay.percentile(share)));
  const rate = ((seen - warmUp) / seconds).toFixed(0).padStart(6);
  console.log(`${title.padEnd(34)}${rate} batches/s   delay in ms: p50${p50}  p99${p99}  max${ms(delay.max)}`);
  await sleep(50);
}

console.log(`event loop, ${batches} batches of ${batchSize} images; the monitor itself looks every millisecond`);
for (const numWorkers of [0, 1, 2]) {
  await measure(`loading, ${numWorkers} workers`, numWorkers, false);
  await measure(`loading and fit, ${numWorkers} workers`, numWorkers, true);
}
