/** Two hundred training steps of whole networks, dropout and schedulers on, beside Python. */

import { fileURLToPath } from 'node:url';
import { SmallResNet } from '../../bench/networks/small-resnet.ts';
import { SmallTransformer } from '../../bench/networks/small-transformer.ts';
import * as torch from '../../lib/index.ts';
import { expectSameBits, type PythonValue, usePython } from './oracle.ts';

const { nn, optim } = torch;
const folder = fileURLToPath(new URL('../../bench/networks', import.meta.url));
const steps = 200;

interface Run {
  readonly network: keyof typeof networks;
  readonly optimizer: string;
  make(parameters: Iterable<torch.nn.Parameter>): torch.optim.Optimizer;
  schedule(optimizer: torch.optim.Optimizer): { step(): unknown };
  /** The same two in Python. */
  readonly source: string;
}

const { lrScheduler } = optim;
const runs: readonly Run[] = (['resnet', 'transformer'] as const).flatMap((network) => [
  {
    network,
    optimizer: 'SGD with momentum and cosine annealing',
    make: (parameters) => new optim.SGD(parameters, { lr: 0.05, momentum: 0.9, weightDecay: 1e-4 }) as never,
    schedule: (optimizer) => new lrScheduler.CosineAnnealingLR(optimizer, steps),
    source: `
_optimizer = torch.optim.SGD(_model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4)
_scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(_optimizer, ${steps})`,
  },
  {
    network,
    optimizer: 'fused AdamW with one cycle',
    make: (parameters) => new optim.AdamW(parameters, { lr: 1e-3, fused: true }) as never,
    schedule: (optimizer) => new lrScheduler.OneCycleLR(optimizer, 1e-2, { totalSteps: steps + 1 }),
    source: `
_optimizer = torch.optim.AdamW(_model.parameters(), lr=1e-3, fused=True)
_scheduler = torch.optim.lr_scheduler.OneCycleLR(_optimizer, max_lr=1e-2, total_steps=${steps + 1})`,
  },
  {
    network,
    optimizer: 'foreach AdamW with exponential decay',
    make: (parameters) => new optim.AdamW(parameters, { lr: 1e-3, foreach: true }) as never,
    schedule: (optimizer) => new lrScheduler.ExponentialLR(optimizer, 0.99),
    source: `
_optimizer = torch.optim.AdamW(_model.parameters(), lr=1e-3, foreach=True)
_scheduler = torch.optim.lr_scheduler.ExponentialLR(_optimizer, 0.99)`,
  },
]);

const networks = {
  resnet: {
    make: () => new SmallResNet(),
    inputs: () => torch.randn([8, 3, 32, 32]),
    python: 'small_resnet.SmallResNet',
  },
  transformer: {
    make: () => new SmallTransformer(),
    inputs: () => torch.randint(0, 1000, [8, 32]),
    python: 'small_transformer.SmallTransformer',
  },
} as const;

describe(`${steps} steps of`, function () {
  this.timeout(180_000);
  const python = usePython();

  for (const run of runs) {
    it(`a ${run.network} with ${run.optimizer} end with Python's bits`, async () => {
      const network = networks[run.network];
      torch.manualSeed(7);
      const batches = Array.from({ length: 4 }, () => [network.inputs(), torch.randint(0, 10, [8])] as const);
      const expected = await python.run(
        `
import sys as _sys
_sys.path.insert(0, folder)
import small_resnet as _small_resnet
import small_transformer as _small_transformer
torch.manual_seed(11)
_model = _${network.python}()
${run.source}
_losses = []
for _i in range(${steps}):
    _x, _y = batches[_i % 4]
    _loss = F.cross_entropy(_model(_x), _y)
    _optimizer.zero_grad()
    _loss.backward()
    _optimizer.step()
    _scheduler.step()
    _losses.append(_loss.item())
losses = _losses
state = dict(_model.state_dict())
`,
        { folder, batches },
      );
      torch.manualSeed(11);
      const model = network.make() as torch.nn.Module & ((input: torch.Tensor) => torch.Tensor);
      const optimizer = run.make(model.parameters());
      const scheduler = run.schedule(optimizer);
      const lossFn = new nn.CrossEntropyLoss();
      const losses: number[] = [];
      for (let i = 0; i < steps; i++) {
        const [x, y] = batches[i % 4] as (typeof batches)[number];
        torch.scope(() => {
          const loss = lossFn(model(x), y);
          optimizer.zeroGrad();
          loss.backward();
          optimizer.step();
          scheduler.step();
          losses.push(loss.item() as number);
        });
      }
      expectSameBits(torch.tensor(losses, { dtype: 'float64' }), asTensor(expected.losses));
      for (const [name, tensor] of model.stateDict()) {
        expectSameBits(tensor, (expected.state as Record<string, PythonValue>)[name]);
      }
    });
  }
});

function asTensor(values: PythonValue | undefined): PythonValue {
  const tensor = torch.tensor(values as number[], { dtype: 'float64' });
  return {
    dtype: 'float64',
    shape: tensor.shape,
    requiresGrad: false,
    bytes: new Uint8Array(Float64Array.from(values as number[]).buffer),
  };
}
