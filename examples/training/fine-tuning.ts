/**
 * Takes a network that Python trained to tell 0 to 6 apart, and teaches it 7, 8 and 9 from five images of each.
 *
 *     npx tsx examples/training/fine-tuning.ts [file to write]
 *
 * Shows files that go both ways, weights that stay frozen, parameter groups, and a model saved for Python.
 */

import { fileURLToPath } from 'node:url';
import * as torch from 'hinge';
import { type Digits, loadDigits, showsOneOf, where } from '../digits/dataset.ts';
import { isMain } from './is-main.ts';

const { nn } = torch;

/** Written by `pretrained.py`, which has the same network in Python. */
export const pretrainedFile = fileURLToPath(new URL('pretrained.pt', import.meta.url));

/** Images `[N, 1, 28, 28]` to scores `[N, classes]`. */
export class Network extends nn.Module {
  features = new nn.Sequential(
    new nn.Conv2d(1, 8, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(8, 16, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
  );
  classifier: torch.nn.Linear;

  constructor(classes: number) {
    super();
    this.classifier = new nn.Linear(16 * 7 * 7, classes);
  }

  override forward(images: torch.Tensor): torch.Tensor {
    return this.classifier(this.features(images));
  }
}

/** The features that Python learned, under a new classifier of three classes. */
export function pretrainedNetwork(): Network {
  const model = new Network(3);
  const state = torch.load<Map<string, torch.Tensor>>(pretrainedFile);
  for (const name of ['classifier.weight', 'classifier.bias']) state.delete(name);
  const { missingKeys } = model.loadStateDict(state, { strict: false });
  console.log(`loaded ${[...state.keys()].join(', ')}; new: ${missingKeys.join(', ')}`);
  return model;
}

/** The digits 7, 8 and 9 as the classes 0, 1 and 2. */
function newDigits(digits: Digits): Digits {
  const { images, labels } = where(digits, showsOneOf(digits, [7, 8, 9]));
  return { images, labels: labels.sub(7) };
}

/** The first images of each class. */
function fewOf({ images, labels }: Digits, each: number): Digits {
  const rows = torch.cat([0, 1, 2].map((label) => labels.eq(label).nonzero().squeeze(1).narrow(0, 0, each)));
  return { images: images.index([rows]), labels: labels.index([rows]) };
}

/** Trains all that requires a gradient, and returns the held-out accuracy. */
function tune(model: Network, optimizer: torch.optim.Optimizer, few: Digits, test: Digits): number {
  const lossFn = new nn.MultiMarginLoss({ margin: 1.0 });
  for (let i = 0; i < 60; i++) {
    torch.scope(() => {
      optimizer.zeroGrad();
      lossFn(model(few.images), few.labels).backward();
      optimizer.step();
    });
  }
  const hits = torch.noGrad(() => torch.scope(() => model(test.images).argmax(1).eq(test.labels).sum().item()));
  return (hits as number) / test.images.shape[0]!;
}

/** Returns the held-out accuracies, and writes the tuned network where Python can load it. */
export function fineTune(file: string) {
  torch.manualSeed(0);
  const { train, test } = loadDigits(null);
  const few = fewOf(newDigits(train), 5);
  const heldOut = newDigits(test);

  const fresh = new Network(3);
  const scratch = tune(fresh, new torch.optim.Adam(fresh.parameters(), { lr: 1e-3 }), few, heldOut);

  const kept = pretrainedNetwork();
  kept.features.requiresGrad_(false);
  const frozen = tune(kept, new torch.optim.Adam(kept.classifier.parameters(), { lr: 3e-3 }), few, heldOut);

  const model = pretrainedNetwork();
  // Small steps for what was there already.
  const groups = [{ params: model.features.parameters(), lr: 1e-4 }, { params: model.classifier.parameters() }];
  const tuned = tune(model, new torch.optim.Adam(groups, { lr: 3e-3 }), few, heldOut);
  torch.save(model.stateDict(), file);
  return { scratch, frozen, tuned };
}

if (isMain(import.meta.url)) {
  const file = process.argv[2] ?? 'out/fine-tuned.pt';
  const { scratch, frozen, tuned } = fineTune(file);
  console.log('accuracy on held-out 7, 8, 9 after five images of each');
  for (const [name, value] of Object.entries({
    'random weights, all trained': scratch,
    "Python's features, frozen": frozen,
    "Python's features, tuned": tuned,
  })) {
    console.log(`  ${name.padEnd(28)} ${(value * 100).toFixed(1)} %`);
  }
  console.log(`wrote ${file}`);
}
