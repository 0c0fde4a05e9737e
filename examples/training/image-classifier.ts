/**
 * An image classifier with a margin loss: no softmax, each digit's score must pass every other's by a margin.
 *
 *     npx tsx examples/training/image-classifier.ts [epochs] [images of each digit]
 *
 * Shows a data loader, a scheduler, `fit` with validation, early stopping, checkpoints and metrics for TensorBoard. Started
 * again after a kill, it goes on where it was.
 */

import * as torch from 'hinge';
import { loadDigits } from '../digits/dataset.ts';
import { isMain } from './is-main.ts';

const { nn, training } = torch;

/** Images `[N, 1, 28, 28]` to the scores of ten classes `[N, 10]`. */
class Classifier extends nn.Module {
  features = new nn.Sequential(
    new nn.Conv2d(1, 16, 3, { padding: 1 }),
    new nn.BatchNorm2d(16),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(16, 32, 3, { padding: 1 }),
    new nn.BatchNorm2d(32),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Dropout(0.2),
  );
  out = new nn.Linear(32 * 7 * 7, 10);

  override forward(images: torch.Tensor): torch.Tensor {
    return this.out(this.features(images));
  }
}

export interface ClassifierOptions {
  epochs: number;
  imagesPerDigit: number | null;
  /** Where checkpoints and metrics go. */
  folder: string;
}

/** Trains, and returns what the last epoch measured. */
export async function trainClassifier({ epochs, imagesPerDigit, folder }: ClassifierOptions) {
  torch.manualSeed(0);
  const { train, test } = loadDigits(imagesPerDigit);
  const data = new torch.data.DataLoader(new torch.data.TensorDataset(train.images, train.labels), 64, {
    shuffle: true,
  });
  const testData = new torch.data.DataLoader(new torch.data.TensorDataset(test.images, test.labels), 256);

  const model = new Classifier();
  const lossFn = new nn.MultiMarginLoss({ margin: 1.0 });
  const optimizer = new torch.optim.AdamW(model.parameters(), { lr: 3e-3, fused: true });
  const scheduler = new torch.optim.lrScheduler.OneCycleLR(optimizer, 3e-3, { totalSteps: epochs * data.length });

  return training.fit({
    model,
    optimizer,
    data,
    loss: ([images, labels]) => lossFn(model(images), labels),
    epochs,
    scheduler,
    schedule: { interval: 'step' },
    clipGradNorm: 5,
    validation: {
      data: testData,
      measure: ([images, labels]) => {
        const scores = model(images);
        return { loss: lossFn(scores, labels), accuracy: scores.argmax(1).eq(labels).to('float32').mean() };
      },
    },
    checkpoints: { folder, metric: 'validation/accuracy', mode: 'max' },
    callbacks: [
      training.progressBar(),
      new training.EarlyStopping({ metric: 'validation/accuracy', mode: 'max', patience: 3 }),
      training.jsonLines(`${folder}/metrics.jsonl`),
      training.tensorboard(`${folder}/tensorboard`),
    ],
  });
}

if (isMain(import.meta.url)) {
  const [epochs = '4', images] = process.argv.slice(2);
  const imagesPerDigit = images === undefined ? null : Number(images);
  const folder = 'out/image-classifier';
  const { metrics } = await trainClassifier({ epochs: Number(epochs), imagesPerDigit, folder });
  console.log(
    `held-out accuracy ${((metrics['validation/accuracy'] ?? NaN) * 100).toFixed(2)} %; the run is in ${folder}`,
  );
}
