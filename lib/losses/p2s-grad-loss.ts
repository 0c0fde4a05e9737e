import { expectInteger } from '../arguments.ts';
import { noGrad } from '../autograd/modes.ts';
import { normalizeRows } from '../distances/normalize.ts';
import { ShapeError } from '../errors.ts';
import { arange, empty } from '../generated/torch.ts';
import { Parameter } from '../nn/parameter.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import type { LossBatch } from './loss-batch.ts';
import { MetricLoss, type MetricLossOptions } from './metric-loss.ts';
import { refuseReference } from './reference-refusal.ts';

export interface P2SGradLossOptions extends Omit<MetricLossOptions, 'distance'> {
  /** D, the size of an embedding. */
  descriptorsDim: number;
  /** C; class ids are 0 .. C - 1. */
  numClasses: number;
}

/**
 * The squared error of cosines against the class: `(1 / C) sum_j (cos(x_i, w_j) - [j = y_i])²` of each row, whose
 * gradient needs neither scale nor margin (pytorch-metric-learning's `P2SGradLoss`; Zhang et al., P2SGrad, CVPR 2019).
 * `weight` is `[D, C]`, a direction for each class, kept at length 1: columns that an optimizer has changed are
 * normalised again in the next call, and the gradient is that by the normalised weight. Mean over rows by default.
 *
 * @returns a scalar in [0, 4].
 * @throws TypeError for a `Relation`, which has no class ids, and for a reference; RangeError for a class id that is
 * not below `numClasses`.
 * @example
 * const lossFn = new torch.losses.P2SGradLoss({ descriptorsDim: 128, numClasses: 10 });
 * const optimizer = new torch.optim.SGD([...model.parameters(), ...lossFn.parameters()], 0.1);
 */
export class P2SGradLoss extends MetricLoss {
  readonly descriptorsDim: number;
  readonly numClasses: number;
  weight: Parameter;

  constructor(options: P2SGradLossOptions) {
    super(options);
    const { descriptorsDim, numClasses } = options ?? {};
    expectInteger('P2SGradLoss: descriptorsDim', descriptorsDim);
    expectInteger('P2SGradLoss: numClasses', numClasses);
    this.descriptorsDim = descriptorsDim;
    this.numClasses = numClasses;
    this.weight = new Parameter(empty([descriptorsDim, numClasses]).uniform_(-1, 1));
    normalizeColumns_(this.weight);
  }

  protected override parts(batch: LossBatch): readonly UnreducedLoss[] {
    refuseReference(batch);
    const { embeddings, classes, rows } = batch;
    if (embeddings.shape[1] !== this.descriptorsDim) {
      const got = `[${embeddings.shape.join(', ')}]`;
      throw new ShapeError(`P2SGradLoss: embeddings must be [N, ${this.descriptorsDim}], got ${got}`);
    }
    if (rows === 0) return [];
    const [least, most] = [classes.min().item() as number, classes.max().item() as number];
    if (least < 0 || most >= this.numClasses) {
      const got = least < 0 ? least : most;
      throw new RangeError(`P2SGradLoss: labels must be from 0 to ${this.numClasses - 1}, got ${got}`);
    }
    normalizeColumns_(this.weight);
    const cosines = normalizeRows(embeddings, 2).matmul(this.weight.to(embeddings.dtype));
    const targets = classes.unsqueeze(1).eq(arange(this.numClasses, { device: classes.device }));
    const values = cosines
      .clamp({ min: -1, max: 1 })
      .sub(targets.to(cosines.dtype))
      .square()
      .mean(1)
      .mul(batch.minedWeights);
    return [{ kind: 'element', values, indices: arange(rows, { device: values.device }) }];
  }
}

/** In place, but for columns that are of length 1 already: a graph that waits for its backward needs them unchanged. */
function normalizeColumns_(weight: Tensor): void {
  noGrad(() =>
    scope(() => {
      const lengths = weight.square().sum(0).sqrt();
      const far = lengths.sub(1).abs().max().item() as number;
      if (far > (weight.dtype === 'float64' ? 1e-12 : 1e-6)) weight.div_(lengths.clampMin(1e-12));
    }),
  );
}
