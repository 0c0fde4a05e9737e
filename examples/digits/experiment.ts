/** The whole run: two trainings, and what is measured on images that they never saw. */

import * as torch from '../../lib/index.ts';
import { withReflections } from './augmentation.ts';
import { type Digits, loadDigits, showsOneOf, where } from './dataset.ts';
import { hardestMistakes, type Mistake } from './mistakes.ts';
import { DigitEmbedding, embed } from './model.ts';
import type { DemoOptions } from './options.ts';
import { showProgress } from './progress.ts';
import { type StepReport, train } from './training.ts';

/** One way to compare the images of one set. */
export interface Measurement {
  readonly name: string;
  readonly accuracies: torch.evaluation.Accuracies;
}

/** A training and what came of it. */
export interface Part {
  readonly trainedOn: readonly number[];
  readonly measuredOn: readonly number[];
  readonly trainingImages: number;
  readonly steps: readonly StepReport[];
  readonly seconds: number;
  /** Raw pixels, the untrained network, the trained one. */
  readonly measurements: readonly Measurement[];
  /** What the trained network makes of the images that are measured, `[N, 64]`. */
  readonly embeddings: torch.Tensor;
  /** int64 `[N]` */
  readonly labels: torch.Tensor;
}

export interface Experiment {
  /** Trained on all ten digits, measured on held-out images of them. */
  readonly seen: Part;
  /** Trained without some digits, measured on held-out images of those. */
  readonly unseen: Part;
  readonly mistakes: readonly Mistake[];
  /** The held-out images that `mistakes` speaks of. */
  readonly heldOut: Digits;
  /** Trained on all ten digits. */
  readonly model: DigitEmbedding;
  readonly seconds: number;
}

const allDigits: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

function measure(name: string, embeddings: torch.Tensor, labels: torch.Tensor): Measurement {
  return { name, accuracies: new torch.evaluation.AccuracyCalculator().getAccuracy(embeddings, labels) };
}

function runPart(
  options: DemoOptions,
  title: string,
  steps: number,
  digits: { trainedOn: readonly number[]; training: Digits; measuredOn: readonly number[]; test: Digits },
): { part: Part; model: DigitEmbedding } {
  const { training, test } = digits;
  torch.manualSeed(options.seed);
  const model = new DigitEmbedding();
  const measurements = [
    measure('raw pixels', test.images.flatten(1), test.labels),
    measure('untrained network', embed(model, test.images), test.labels),
  ];
  const progress = showProgress(title, steps);
  const begin = performance.now();
  const { batchSize, margin, learningRate } = options;
  const reports = train(model, training, {
    steps,
    batchSize,
    margin,
    learningRate,
    onStep: (report) => progress.update(report),
  });
  const seconds = (performance.now() - begin) / 1000;
  progress.stop();
  const embeddings = embed(model, test.images);
  measurements.push(measure('trained embedding', embeddings, test.labels));
  const part: Part = {
    trainedOn: digits.trainedOn,
    measuredOn: digits.measuredOn,
    trainingImages: training.labels.numel(),
    steps: reports,
    seconds,
    measurements,
    embeddings,
    labels: test.labels,
  };
  return { part, model };
}

export function runExperiment(options: DemoOptions): Experiment {
  const begin = performance.now();
  const { train: training, test } = loadDigits(options.imagesPerDigit);
  const seen = runPart(options, 'ten digits   ', options.steps, {
    trainedOn: allDigits,
    training,
    measuredOn: allDigits,
    test,
  });
  const kept = allDigits.filter((digit) => !options.unseen.includes(digit));
  const unseen = runPart(options, `without ${options.unseen.join(' ').padEnd(5)}`, Math.ceil(options.steps / 2), {
    trainedOn: kept,
    training: withReflections(where(training, showsOneOf(training, kept))),
    measuredOn: options.unseen,
    test: where(test, showsOneOf(test, options.unseen)),
  });
  const mistakes = hardestMistakes(embed(seen.model, test.images), test.labels, 12);
  const seconds = (performance.now() - begin) / 1000;
  return { seen: seen.part, unseen: unseen.part, mistakes, heldOut: test, model: seen.model, seconds };
}
