/** One step of fused AdamW over two hundred small parameters. */

import * as torch from '../lib/index.ts';
import { Stopwatch } from './stopwatch.ts';

torch.setNumThreads(1);
torch.manualSeed(0);
const stopwatch = new Stopwatch();
const parameters = Array.from({ length: 200 }, () => new torch.nn.Parameter(torch.randn([8, 8])));
for (const parameter of parameters) parameter.grad = torch.randn([8, 8]);
const optimizer = new torch.optim.AdamW(parameters, { lr: 1e-3, fused: true });
for (let i = 0; i < 5; i++) optimizer.step();
stopwatch.number(
  'sum after 5 steps',
  torch.scope(() => torch.stack(parameters).detach().sum().item() as number),
);
stopwatch.time('AdamW, fused', (count) => {
  for (let i = 0; i < count; i++) optimizer.step();
});
stopwatch.print();
