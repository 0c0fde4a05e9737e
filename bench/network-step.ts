/** One training step of a small residual network, and of a small transformer. */

import * as torch from '../lib/index.ts';
import { SmallResNet } from './networks/small-resnet.ts';
import { SmallTransformer } from './networks/small-transformer.ts';
import { Stopwatch } from './stopwatch.ts';

const { nn, optim } = torch;

torch.setNumThreads(1);
const stopwatch = new Stopwatch();
const lossFn = new nn.CrossEntropyLoss();

function measure(
  name: string,
  model: torch.nn.Module & ((input: torch.Tensor) => torch.Tensor),
  optimizer: { step(): unknown; zeroGrad(): void },
  inputs: torch.Tensor,
): void {
  const labels = torch.randint(0, 10, [inputs.shape[0] as number]);
  const step = (): number =>
    torch.scope(() => {
      const loss = lossFn(model(inputs), labels);
      optimizer.zeroGrad();
      loss.backward();
      optimizer.step();
      return loss.item() as number;
    });
  for (let i = 0; i < 5; i++) step();
  stopwatch.number(`loss after 5 steps, ${name}`, step());
  stopwatch.time(name, (count) => {
    for (let i = 0; i < count; i++) step();
  });
}

torch.manualSeed(0);
const resnet = new SmallResNet();
const sgd = new optim.SGD(resnet.parameters(), { lr: 0.1, momentum: 0.9 });
measure('resnet', resnet, sgd, torch.randn([32, 3, 32, 32]));

// Again, because how many numbers the steps above drew depends on how fast they were.
torch.manualSeed(0);
const transformer = new SmallTransformer();
const adamW = new optim.AdamW(transformer.parameters(), { lr: 1e-3, fused: true });
measure('transformer', transformer, adamW, torch.randint(0, 1000, [16, 32]));

stopwatch.print();
