/** One network, one loss, some steps. */

import { type Digits, loadDigits } from '../../examples/digits/dataset.ts';
import * as torch from '../../lib/index.ts';
import type { Measured, RowName } from './golden.ts';
import { recipes } from './recipes.ts';

const { nn } = torch;
const batchSize = 256;

/** Images `[N, 1, 28, 28]` to embeddings `[N, 64]`, not normalised: each loss does what it wants. */
class Network extends nn.Sequential {
  constructor() {
    super(
      new nn.Conv2d(1, 16, 3),
      new nn.ReLU(),
      new nn.MaxPool2d(2),
      new nn.Conv2d(16, 32, 3),
      new nn.ReLU(),
      new nn.MaxPool2d(2),
      new nn.Flatten(),
      new nn.Linear(32 * 5 * 5, 64),
    );
  }
}

export interface RunOptions {
  readonly steps: number;
  readonly seed: number;
  onStep(step: number, loss: number): void;
}

/** What a row of the table comes to. */
export interface Run {
  readonly measured: Measured;
  readonly seconds: number;
  /** The shares of all triplets that violate a margin of 0.2 at the first steps and at the last; null without a monitor. */
  readonly violations: readonly [first: number, last: number] | null;
}

function measure(embeddings: torch.Tensor, labels: torch.Tensor): Measured {
  const { precisionAt1, meanAveragePrecisionAtR, rPrecision } = new torch.evaluation.AccuracyCalculator().getAccuracy(
    embeddings,
    labels,
  );
  return { precisionAt1, meanAveragePrecisionAtR, rPrecision };
}

function embed(network: Network, images: torch.Tensor): torch.Tensor {
  return torch.noGrad(() =>
    torch.scope(() => nn.functional.normalize(torch.cat(images.split(512).map((batch) => network(batch))))),
  );
}

function train(
  network: Network,
  name: keyof typeof recipes,
  { images, labels }: Digits,
  options: RunOptions,
): Run['violations'] {
  const monitor = new torch.margins.MarginMonitor({ margin: 0.2, every: 20 });
  const lossFn = recipes[name](monitor);
  const optimizer = new torch.optim.Adam([...network.parameters(), ...lossFn.parameters()], { lr: 1e-3 });
  // A stream of its own: all losses see the same batches, whatever they draw for weights of theirs.
  const generator = new torch.Generator().manualSeed(options.seed);
  for (let step = 1; step <= options.steps; step++) {
    const loss = torch.scope(() => {
      const rows = torch.randint(0, labels.numel(), [batchSize], { generator });
      optimizer.zeroGrad();
      const value = lossFn(network(images.index([rows])), labels.index([rows]));
      value.backward();
      optimizer.step();
      return value.item() as number;
    });
    options.onStep(step, loss);
  }
  const { rates } = monitor.report();
  return rates.length === 0 ? null : [rates[0] as number, rates.at(-1) as number];
}

/** Runs one row of the table. @throws RangeError where the library lacks what the row is of. */
export function runRow(name: RowName, options: RunOptions): Run {
  const begin = performance.now();
  const { train: seen, test } = loadDigits(null);
  const done = (embeddings: torch.Tensor, violations: Run['violations'] = null) => ({
    measured: measure(embeddings, test.labels),
    seconds: (performance.now() - begin) / 1000,
    violations,
  });
  if (name === 'raw pixels') return done(test.images.flatten(1));
  torch.manualSeed(options.seed);
  const network = new Network();
  if (name === 'untrained') return done(embed(network, test.images));
  const violations = train(network, name, seen, options);
  return done(embed(network, test.images), violations);
}
