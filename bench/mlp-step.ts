/** One training step of a small MLP: where arithmetic and calls weigh about the same. */

import * as torch from '../lib/index.ts';
import { Stopwatch } from './stopwatch.ts';

const { nn, optim } = torch;

torch.setNumThreads(1);
const stopwatch = new Stopwatch();

function measure(
  name: string,
  makeOptimizer: (parameters: Iterable<torch.Tensor>) => { step(): unknown; zeroGrad(): void },
): void {
  torch.manualSeed(0);
  const x = torch.randn([256, 128]);
  const y = torch.randint(0, 2, [256]).float().mul(2).sub(1);
  const model = new nn.Sequential(new nn.Linear(128, 256), new nn.ReLU(), new nn.Linear(256, 1));
  const optimizer = makeOptimizer(model.parameters());

  const step = (readLoss = false): number =>
    torch.scope(() => {
      const scores = model(x).squeeze(-1);
      const loss = torch.clamp(torch.sub(1.0, y.mul(scores)), { min: 0 }).mean();
      optimizer.zeroGrad();
      loss.backward();
      optimizer.step();
      return readLoss ? (loss.item() as number) : 0;
    });
  const steps = (count: number) => {
    for (let i = 0; i < count; i++) step();
  };

  steps(5);
  stopwatch.number(`loss after 5 steps, ${name}`, step(true));
  stopwatch.time(name, steps);
}

measure('SGD', (parameters) => new optim.SGD(parameters, { lr: 0.01 }));
measure('Adam', (parameters) => new optim.Adam(parameters, { lr: 0.001 }));
stopwatch.print();
