import { expectNumber, expectOneOf } from '../arguments.ts';
import { noGrad } from '../autograd/modes.ts';
import { unique } from '../composite.ts';
import { CosineSimilarity } from '../distances/cosine-similarity.ts';
import { expectClassIds } from '../embeddings.ts';
import { cat, randperm, searchsorted, zeros } from '../generated/torch.ts';
import { embedding } from '../nn/functional/index.ts';
import { normal_ } from '../nn/init.ts';
import type { Parameter } from '../nn/parameter.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import {
  type AngleOptions,
  cosinesTo,
  type MarginGradient,
  targetsOf,
  withCombinedMargin,
  withTargets,
} from './angular-margin.ts';
import { ClassLoss, type ClassLossOptions } from './class-loss.ts';
import { type CombinedMargins, readMargins } from './combined-margin-loss.ts';
import type { LossBatch } from './loss-batch.ts';

export interface PartialFCLossOptions extends ClassLossOptions, AngleOptions, CombinedMargins {
  /** Which part of the classes each step compares with, above 0 and at most 1; 1 by default. */
  sampleRate?: number;
  /** What cosines are multiplied by before the softmax; 64 by default. */
  scale?: number;
  gradient?: MarginGradient;
  /** Whether the weights' gradient is a sparse tensor of the sampled rows; true by default where classes are sampled. */
  sparse?: boolean;
}

/**
 * `CombinedMarginLoss` for very many classes (insightface's `PartialFC_V2`; An et al. 2022): in training mode each step
 * compares with the batch's own classes and a random sample of others, `sampleRate` of all together. Only sampled rows of
 * `weight`, `[numClasses, embeddingSize]`, have a gradient, and it is sparse: `torch.optim.SparseSGD`, with momentum or
 * without, `SGD` without momentum, `SparseAdam` and `Adagrad` then change only these rows. Memory beyond the weights is for
 * the sampled rows. In evaluation mode, or with `sampleRate` 1, it is `CombinedMarginLoss` over all classes.
 *
 * Samples are drawn by torch's generator of the CPU: one seed gives one sequence. A `weightRegularizer` sees all rows, with
 * a dense gradient; with many classes use the optimizer's `weightDecay`, which is for the sampled rows.
 *
 * @returns a scalar; `getLogits` gives `s cos t` for all classes, `[N, numClasses]`.
 * @throws RangeError for labels out of range, a sample rate that is not above 0 and at most 1, or margins out of range.
 * @example
 * const lossFn = new torch.losses.PartialFCLoss({ numClasses: 1_000_000, embeddingSize: 256, sampleRate: 0.1 });
 * const optimizer = new torch.optim.SparseSGD(lossFn.parameters(), { lr: 0.1, momentum: 0.9 });
 */
export class PartialFCLoss extends ClassLoss {
  readonly sampleRate: number;
  readonly m1: number;
  readonly m2: number;
  readonly m3: number;
  readonly scale: number;
  readonly gradient: MarginGradient;
  readonly easyMargin: boolean;
  readonly monotone: boolean;
  readonly sparse: boolean;
  /** `[numClasses, embeddingSize]`; drawn from `N(0, 0.01²)`, as in insightface. */
  readonly weight: Parameter;

  constructor(options: PartialFCLossOptions) {
    super(options, {
      distance: () => new CosineSimilarity(),
      weightInitFunc: (weights) => normal_(weights, 0, 0.01),
    });
    const { sampleRate = 1, scale = 64, gradient = 'exact', easyMargin = false, monotone = true } = options;
    const where = 'PartialFCLoss';
    expectNumber(`${where}: sampleRate`, sampleRate);
    if (!(sampleRate > 0 && sampleRate <= 1)) {
      throw new RangeError(`${where}: sampleRate must be above 0 and at most 1, got ${sampleRate}`);
    }
    expectNumber(`${where}: scale`, scale);
    expectOneOf(`${where}: gradient`, gradient, ['exact', 'straight-through']);
    const { m1, m2, m3 } = readMargins(where, options);
    this.sampleRate = sampleRate;
    this.m1 = m1;
    this.m2 = m2;
    this.m3 = m3;
    this.scale = scale;
    this.gradient = gradient;
    this.easyMargin = easyMargin;
    this.monotone = monotone;
    this.sparse = options.sparse ?? sampleRate < 1;
    this.weight = this.newWeights(this.numClasses, this.embeddingSize);
  }

  /**
   * The classes that a step with these labels compares with: those of the labels, all of them, and others drawn at random
   * until they are `floor(sampleRate * numClasses)`. int64, ascending, on the labels' device.
   *
   * @param labels int64 `[N]`
   */
  sampleClasses(labels: Tensor): Tensor {
    expectClassIds('PartialFCLoss.sampleClasses: labels', labels);
    return noGrad(() =>
      scope(() => {
        const own = unique(labels.cpu()) as Tensor;
        const others = Math.floor(this.sampleRate * this.numClasses) - own.numel();
        if (others <= 0) return own.to(labels.device);
        // Drawn on the CPU, so that every device sees the same classes.
        const isOwn = zeros([this.numClasses], { dtype: 'bool', device: 'cpu' }).indexFill_(0, own, true);
        const shuffled = randperm(this.numClasses, { device: 'cpu' });
        const drawn = shuffled.narrow(0, 0, Math.min(this.numClasses, others + own.numel()));
        const strangers = drawn.index([isOwn.index([drawn]).logicalNot()]).narrow(0, 0, others);
        return cat([own, strangers]).sort().values.to(labels.device);
      }),
    );
  }

  protected override weightRows(): Tensor {
    return this.weight;
  }

  protected override logits(embeddings: Tensor): Tensor {
    return cosinesTo(embeddings, this.like(embeddings, this.weight)).mul(this.scale);
  }

  protected override parts(batch: LossBatch): readonly UnreducedLoss[] {
    const labels = this.classesOf(batch);
    const { embeddings } = batch;
    const sampled = this.training && this.sampleRate < 1 ? this.sampleClasses(labels) : null;
    const rows = sampled === null ? this.weight : embedding(sampled, this.weight, { sparse: this.sparse });
    const classes = sampled === null ? labels : searchsorted(sampled, labels);
    const cosines = cosinesTo(embeddings, this.like(embeddings, rows));
    const targets = targetsOf(cosines, classes, this.gradient, (own) => withCombinedMargin(own, this, this));
    return [this.crossEntropyOf(batch, withTargets(cosines, classes, targets).mul(this.scale), classes)];
  }
}
