import * as torch from '../../lib/index.ts';
import { distort } from './augmentation.ts';
import type { Digits } from './dataset.ts';
import type { DigitEmbedding } from './model.ts';

/** What a training step saw. */
export interface StepReport {
  readonly step: number;
  /** The mean loss of the triplets that violate the margin. */
  readonly loss: number;
  /** The share of all the batch's triplets that violate the margin. */
  readonly violating: number;
}

export interface TrainingOptions {
  readonly steps: number;
  readonly batchSize: number;
  readonly margin: number;
  readonly learningRate: number;
  onStep(report: StepReport): void;
}

/** Batches of row numbers without end; each epoch in a new order. */
function* batches(count: number, batchSize: number): Generator<torch.Tensor> {
  const size = Math.min(batchSize, count);
  while (true) {
    const order = torch.randperm(count);
    for (let begin = 0; begin + size <= count; begin += size) yield order.narrow(0, begin, size);
  }
}

/** Trains with the triplet margin loss on the semi-hard and hard triplets of each batch. */
export function train(model: DigitEmbedding, { images, labels }: Digits, options: TrainingOptions): StepReport[] {
  const distance = new torch.distances.LpDistance({ normalizeEmbeddings: false });
  const miner = new torch.miners.TripletMarginMiner({ margin: options.margin, typeOfTriplets: 'all', distance });
  const lossFn = new torch.losses.TripletMarginLoss({ margin: options.margin, distance });
  const optimizer = new torch.optim.Adam(model.parameters(), { lr: options.learningRate });
  const rows = batches(labels.shape[0] as number, options.batchSize);
  const reports: StepReport[] = [];
  model.train();
  for (let step = 1; step <= options.steps; step++) {
    const batch = rows.next().value as torch.Tensor;
    const report = torch.scope(() => {
      const batchLabels = labels.index([batch]);
      const embeddings = model(distort(images.index([batch])));
      const triplets = miner(embeddings, batchLabels);
      const loss = lossFn(embeddings, batchLabels, { tuples: triplets });
      optimizer.zeroGrad();
      loss.backward();
      optimizer.step();
      const { semihard, hard, total } = triplets.counts;
      return { step, loss: loss.item() as number, violating: total === 0 ? 0 : (semihard + hard) / total };
    });
    reports.push(report);
    options.onStep(report);
  }
  model.eval();
  return reports;
}
