/** The base of losses that hold weights of their own for each class. */

import { expectInteger } from '../arguments.ts';
import { noGrad } from '../autograd/modes.ts';
import type { Distance } from '../distances/distance.ts';
import { expectEmbeddings, widened } from '../embeddings.ts';
import { DeviceError, ShapeError } from '../errors.ts';
import { arange, empty } from '../generated/torch.ts';
import { crossEntropy } from '../nn/functional/index.ts';
import { normal_ } from '../nn/init.ts';
import { Parameter } from '../nn/parameter.ts';
import { toWeights } from '../pairs.ts';
import type { Reducer, UnreducedLoss } from '../reducers/reducer.ts';
import type { Tensor } from '../tensor.ts';
import type { LossBatch } from './loss-batch.ts';
import { MetricLoss, type MetricLossOptions } from './metric-loss.ts';

export interface ClassLossOptions extends MetricLossOptions {
  /** How many classes there are: labels are from 0 to `numClasses - 1`. */
  numClasses: number;
  /** D, the size of one embedding. */
  embeddingSize: number;
  /** A penalty on the weights, added to the loss: called with `[K, D]`, one row a class, centre or proxy. */
  weightRegularizer?: ((weights: Tensor) => Tensor) | null;
  /** What that penalty is multiplied by; 1 by default. */
  weightRegWeight?: number;
  /** Fills the weights in place, such as one of `torch.nn.init`. */
  weightInitFunc?: ((weights: Tensor) => unknown) | undefined;
}

export interface ClassLossDefaults {
  distance?: () => Distance;
  reducer?: () => Reducer;
  weightInitFunc?: (weights: Tensor) => unknown;
}

/**
 * A loss of embeddings `[N, D]` and class ids below `numClasses`, that compares embeddings with weights of its own, which
 * an optimizer must be given too. Ids out of range throw a `RangeError` on every device, which costs one synchronisation.
 * The loss of one row is multiplied by how often a miner chose it, if there is one (pytorch-metric-learning's
 * `WeightRegularizerMixin`).
 *
 * @example
 * const lossFn = new torch.losses.ArcFaceLoss({ numClasses: 10, embeddingSize: 32 });
 * const optimizer = new torch.optim.SGD([...model.parameters(), ...lossFn.parameters()], { lr: 0.1 });
 * lossFn(model(x), labels).backward();
 */
export abstract class ClassLoss extends MetricLoss {
  readonly numClasses: number;
  readonly embeddingSize: number;
  readonly weightRegularizer: ((weights: Tensor) => Tensor) | null;
  readonly weightRegWeight: number;
  readonly #init: (weights: Tensor) => unknown;

  constructor(options: ClassLossOptions, defaults: ClassLossDefaults = {}) {
    super(options, defaults);
    const { numClasses, embeddingSize, weightRegularizer = null, weightRegWeight = 1, weightInitFunc } = options;
    const where = this.constructor.name;
    this.numClasses = expectInteger(`${where}: numClasses`, numClasses);
    this.embeddingSize = expectInteger(`${where}: embeddingSize`, embeddingSize);
    this.weightRegularizer = weightRegularizer;
    this.weightRegWeight = weightRegWeight;
    this.#init = weightInitFunc ?? defaults.weightInitFunc ?? normal_;
  }

  /** The weights as the regularizer sees them: `[K, D]`. */
  protected abstract weightRows(): Tensor;

  /** What `getLogits` returns, of embeddings that were checked. */
  protected abstract logits(embeddings: Tensor): Tensor;

  /**
   * How well each embedding `[N, D]` fits each class, without any margin: `[N, numClasses]`. The largest is the class
   * that the loss would predict.
   */
  getLogits(embeddings: Tensor): Tensor {
    const where = `${this.constructor.name}.getLogits`;
    expectEmbeddings(`${where}: embeddings`, embeddings);
    this.#expectFit(where, embeddings);
    return this.logits(widened(embeddings));
  }

  /** New weights, filled by `weightInitFunc`. */
  protected newWeights(...shape: readonly number[]): Parameter {
    const weights = new Parameter(empty(shape));
    noGrad(() => this.#init(weights));
    return weights;
  }

  /** A parameter in the dtype of the embeddings: its gradient comes back in its own. */
  protected like(embeddings: Tensor, weights: Tensor): Tensor {
    return weights.to(embeddings.dtype);
  }

  /** The class ids of a batch that this loss can take. */
  protected classesOf(batch: LossBatch): Tensor {
    const { classes, embeddings, where } = batch;
    if (!batch.isSelf) throw new TypeError(`${where}: takes no reference, because classes have weights of their own`);
    this.#expectFit(where, embeddings);
    const stray = noGrad(() => classes.lt(0).logicalOr(classes.ge(this.numClasses)));
    if (stray.any().item()) {
      const [first] = classes.index([stray]).tolist() as [number | bigint];
      throw new RangeError(`${where}: labels must be from 0 to ${this.numClasses - 1}, got ${first}`);
    }
    return classes;
  }

  /** Cross entropy of logits `[N, C]` and class ids, row by row, times how often the miner chose each row. */
  protected crossEntropyOf(batch: LossBatch, logits: Tensor, classes: Tensor): UnreducedLoss {
    return this.rowLosses(batch, crossEntropy(logits, classes, { reduction: 'none' }));
  }

  /** The losses of rows `[N]`, times how often the miner chose each. */
  protected rowLosses(batch: LossBatch, values: Tensor, { anchorsOnly = false, name = 'loss' } = {}): UnreducedLoss {
    const { embeddings, rows, tuples } = batch;
    const indices = arange(rows, { device: embeddings.device });
    if (tuples === undefined) return { kind: 'element', name, values, indices };
    const weights = toWeights(tuples, rows, embeddings.dtype as 'float32' | 'float64', anchorsOnly);
    return { kind: 'element', name, values: values.mul(weights), indices };
  }

  protected override reduced(batch: LossBatch): Tensor {
    const loss = super.reduced(batch);
    if (this.weightRegularizer === null) return loss;
    return loss.add(this.weightRegularizer(this.weightRows()).mul(this.weightRegWeight));
  }

  #expectFit(where: string, embeddings: Tensor): void {
    const [rows, size] = embeddings.shape as [number, number];
    if (size !== this.embeddingSize) {
      throw new ShapeError(`${where}: embeddings must be [N, ${this.embeddingSize}], got [${rows}, ${size}]`);
    }
    const own = this.parameters().next().value as Tensor;
    if (String(own.device) !== String(embeddings.device)) {
      const devices = `embeddings are on ${embeddings.device}, its weights on ${own.device}`;
      throw new DeviceError(`${where}: ${devices}; move it with .to('${embeddings.device}')`);
    }
  }
}
