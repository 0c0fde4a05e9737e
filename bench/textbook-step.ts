/** One training step of the textbook's classifier: a model so small that every call counts. */

import * as torch from '../lib/index.ts';
import { Stopwatch } from './stopwatch.ts';

const { nn, optim } = torch;

torch.setNumThreads(1);
torch.manualSeed(0);
const stopwatch = new Stopwatch();
const x = torch.randn([64, 10]);
const y = torch.randint(0, 2, [64]).float().mul(2).sub(1);
const model = new nn.Sequential(new nn.Linear(10, 32), new nn.ReLU(), new nn.Linear(32, 1));
const optimizer = new optim.SGD(model.parameters(), { lr: 0.01 });

function step(readLoss = false): number {
  return torch.scope(() => {
    const scores = model(x).squeeze(-1);
    const loss = torch.clamp(torch.sub(1.0, y.mul(scores)), { min: 0 }).mean();
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    return readLoss ? (loss.item() as number) : 0;
  });
}

function steps(count: number): void {
  for (let i = 0; i < count; i++) step();
}

steps(50);
stopwatch.number('loss after 50 steps', step(true));
stopwatch.time('step', steps);
stopwatch.print();
