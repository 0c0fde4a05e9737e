/**
 * What does a step over very many classes cost? ArcFace over sampled classes, batch 128, in a process of its own:
 *
 *     npx tsx bench/partial-fc.ts [--classes 1000000] [--size 128] [--rate 0.1] [--momentum 0] [--steps 5]
 *
 * Prints the most memory that the process ever held, and the time of the fastest step.
 */

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import * as torch from '../lib/index.ts';

const { values } = parseArgs({
  options: {
    classes: { type: 'string', default: '1000000' },
    size: { type: 'string', default: '128' },
    rate: { type: 'string', default: '0.1' },
    momentum: { type: 'string', default: '0' },
    steps: { type: 'string', default: '5' },
    batch: { type: 'string', default: '128' },
  },
});
const [numClasses, embeddingSize, rows] = [Number(values.classes), Number(values.size), Number(values.batch)];

/** The most memory that this process ever held, in MB; `maxRSS` would start at what its parent held. */
function peakMegabytes(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1000;
  const peak = readFileSync('/proc/self/status', 'utf8').match(/VmHWM:\s+(\d+) kB/)?.[1];
  return (Number(peak) * 1024) / 1e6;
}

torch.manualSeed(1);
const before = peakMegabytes();
const lossFn = new torch.losses.PartialFCLoss({ numClasses, embeddingSize, sampleRate: Number(values.rate) });
const optimizer = new torch.optim.SparseSGD(lossFn.parameters(), { lr: 0.1, momentum: Number(values.momentum) });
let fastest = Number.POSITIVE_INFINITY;
const losses: number[] = [];
for (let i = 0; i < Number(values.steps); i++) {
  const start = performance.now();
  torch.scope(() => {
    const embeddings = torch.randn([rows, embeddingSize], { requiresGrad: true });
    const labels = torch.randint(0, numClasses, [rows]);
    optimizer.zeroGrad();
    const loss = lossFn(embeddings, labels);
    loss.backward();
    optimizer.step();
    losses.push(loss.item() as number);
  });
  fastest = Math.min(fastest, performance.now() - start);
}
const weights = (numClasses * embeddingSize * 4) / 1e6;
const numbers = { peak: peakMegabytes(), before, weights, step: fastest, loss: losses.at(-1) };
console.log(
  JSON.stringify(numbers, (_key, value) => (typeof value === 'number' ? Number(value.toPrecision(5)) : value)),
);
