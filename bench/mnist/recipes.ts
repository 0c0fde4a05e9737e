/** The losses of the table, each as what is called with embeddings and labels. */

import * as torch from '../../lib/index.ts';
import type { RowName } from './golden.ts';

const { nn } = torch;

/** `[N, 64]` and int64 `[N]` to a scalar; parameters of its own are trained too. */
export interface Recipe extends torch.nn.Module {
  forward(embeddings: torch.Tensor, labels: torch.Tensor): torch.Tensor;
}

const classes = 10;
const embeddingSize = 64;
const margin = 0.2;

/** A classifier on top of the embedding, which is thrown away after training. */
class LinearHead extends nn.Module {
  out = new nn.Linear(embeddingSize, classes);
  readonly lossFn: Recipe;

  constructor(lossFn: Recipe) {
    super();
    this.lossFn = lossFn;
  }

  override forward(embeddings: torch.Tensor, labels: torch.Tensor): torch.Tensor {
    return this.lossFn(this.out(embeddings), labels);
  }
}

/** The hardest positive and negative of each anchor. */
class Mined extends nn.Module {
  readonly miner: (embeddings: torch.Tensor, labels: torch.Tensor) => torch.miners.Tuples;
  readonly lossFn: torch.losses.MetricLoss;

  constructor(miner: Mined['miner'], lossFn: torch.losses.MetricLoss) {
    super();
    this.miner = miner;
    this.lossFn = lossFn;
  }

  override forward(embeddings: torch.Tensor, labels: torch.Tensor): torch.Tensor {
    return this.lossFn(embeddings, labels, { tuples: this.miner(embeddings, labels) });
  }
}

const triplets = (options: torch.losses.TripletMarginLossOptions) =>
  new torch.losses.TripletMarginLoss({ margin, ...options });

export const recipes: Readonly<
  Record<Exclude<RowName, 'raw pixels' | 'untrained'>, (observer: torch.losses.LossObserver) => Recipe>
> = {
  'all triplets by violators': (observer) => triplets({ observer }),
  'all triplets by all': (observer) => triplets({ observer, reducer: new torch.reducers.MeanReducer() }),
  contrastive: (observer) => new torch.losses.ContrastiveLoss({ posMargin: 0.25, negMargin: 1, observer }),
  // Half a radian.
  ArcFace: (observer) =>
    new torch.losses.ArcFaceLoss({
      numClasses: classes,
      embeddingSize,
      margin: (0.5 * 180) / Math.PI,
      scale: 64,
      observer,
    }),
  CosFace: (observer) =>
    new torch.losses.CosFaceLoss({
      numClasses: classes,
      embeddingSize,
      margin: 0.35,
      scale: 64,
      observer,
    }),
  'batch-hard': (observer) => new Mined(new torch.miners.BatchHardMiner(), triplets({ observer })),
  'cross-entropy head': () => new LinearHead(new nn.CrossEntropyLoss()),
  'multi-margin head': () => new LinearHead(new nn.MultiMarginLoss()),
};
