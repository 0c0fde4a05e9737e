/** The hardest and the semi-hard pairs of a batch. */

import * as torch from '../lib/index.ts';
import { Stopwatch } from './stopwatch.ts';

torch.setNumThreads(1);
torch.manualSeed(0);
const stopwatch = new Stopwatch();
const embeddings = torch.randn([2048, 128]);
const labels = torch.arange(2048).remainder(10);

for (const [row, miner] of [
  ['hard', new torch.miners.BatchHardMiner()],
  ['semihard', new torch.miners.BatchEasyHardMiner({ posStrategy: 'easy', negStrategy: 'semihard' })],
] as const) {
  const first = miner(embeddings, labels) as torch.miners.Tuples;
  stopwatch.number(
    `${row}, sum of indices`,
    Object.values(first as object).reduce((sum, each) => sum + Number(each.sum().item()), 0),
  );
  stopwatch.time(row, (count) => {
    for (let i = 0; i < count; i++) torch.scope(() => void miner(embeddings, labels));
  });
}
stopwatch.print();
