import { expectInteger, expectNumber } from '../arguments.ts';
import { full, getDefaultDtype } from '../creation.ts';
import { where } from '../generated/torch.ts';
import { Parameter } from '../nn/parameter.ts';
import { DivisorReducer } from '../reducers/divisor-reducer.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import type { Tensor } from '../tensor.ts';
import { randomTriplets } from '../triplets.ts';
import { ofRows } from './log-sum-exp.ts';
import type { LossBatch } from './loss-batch.ts';
import { MetricLoss, type MetricLossOptions } from './metric-loss.ts';

export interface MarginLossOptions extends MetricLossOptions {
  /** Half of how far the two boundaries are apart, in the distance's unit; 0.2 by default. */
  margin?: number;
  /** What a learnt beta is multiplied by and added to the loss, against growing for ever; 0 by default. */
  nu?: number;
  /** The distance of the boundary, or where it starts if it is learnt; 1.2 by default. */
  beta?: number;
  /** How many random triplets of each anchor; `'all'` by default. */
  tripletsPerAnchor?: number | 'all';
  /** Whether beta is a parameter; false by default. */
  learnBeta?: boolean;
  /** How many classes have a beta each, that of the anchor's class; one for all by default. */
  numClasses?: number | null;
}

/**
 * Positives are to be nearer than `beta - margin`, negatives farther than `beta + margin`: the sum over triplets of
 * `max(0, d(a, p) - beta + margin) + max(0, beta - d(a, n) + margin)`, divided by how many of the two terms are greater
 * than 0 (pytorch-metric-learning's `MarginLoss`; Wu et al., "Sampling matters in deep embedding learning", 2017); for a
 * similarity the signs change. A learnt beta adds `nu beta`: that of one beta once, those of classes once a triplet,
 * divided likewise. The parts are `margin` and `beta`, reduced by `DivisorReducer` by default.
 *
 * Without a miner's tuples it is over all triplets, which are not listed: memory grows with the `[N, M]` distances. Weights
 * and other reducers do list them.
 *
 * @throws TypeError for numbers that are none, RangeError for class ids that have no beta.
 * @example
 * const lossFn = new torch.losses.MarginLoss({ learnBeta: true, numClasses: 100, nu: 0.001 });
 * const optimizer = new torch.optim.Adam([
 *   { params: [...model.parameters()] },
 *   { params: [...lossFn.parameters()], lr: 0.1 },
 * ]);
 */
export class MarginLoss extends MetricLoss {
  margin: number;
  readonly nu: number;
  readonly tripletsPerAnchor: number | 'all';
  /** A parameter `[1]`, or `[C]` with one for each class, if it is learnt. */
  readonly beta: Parameter | number;

  constructor(options: MarginLossOptions = {}) {
    super(options, { reducer: () => new DivisorReducer() });
    const { margin = 0.2, nu = 0, beta = 1.2, tripletsPerAnchor = 'all', learnBeta = false, numClasses } = options;
    expectNumber('MarginLoss: margin', margin);
    expectNumber('MarginLoss: nu', nu);
    expectNumber('MarginLoss: beta', beta);
    if (tripletsPerAnchor !== 'all') expectInteger('MarginLoss: tripletsPerAnchor', tripletsPerAnchor);
    if (numClasses != null) expectInteger('MarginLoss: numClasses', numClasses);
    this.margin = margin;
    this.nu = nu;
    this.tripletsPerAnchor = tripletsPerAnchor;
    this.beta = learnBeta ? new Parameter(full([numClasses ?? 1], beta, { dtype: getDefaultDtype() })) : beta;
  }

  protected override reduced(batch: LossBatch): Tensor {
    const { distance, tripletsPerAnchor, reducer } = this;
    const { relation, tuples, weights } = batch;
    const listed = tuples !== undefined || tripletsPerAnchor !== 'all' || weights !== undefined || relation.weighted;
    if (listed || !(reducer instanceof DivisorReducer)) return super.reduced(batch);
    // A positive is in as many triplets as its anchor has negatives, and the other way round.
    const { positives, negatives } = batch.masks;
    const [positiveCount, negativeCount] = [positives.sum(1), negatives.sum(1)];
    const matrix = distance.matrix(batch.embeddings, batch.reference);
    const beta = this.#betaOf(batch);
    const { near, far } = this.#hinges(matrix, matrix, beta.unsqueeze(-1));
    const pull = where(positives, near, 0);
    const push = where(negatives, far, 0);
    const active = pull.gt(0).sum(1).mul(negativeCount).add(push.gt(0).sum(1).mul(positiveCount));
    const margins = pull.sum(1).mul(negativeCount).add(push.sum(1).mul(positiveCount));
    const divisor = active.sum();
    const counts = positiveCount.mul(negativeCount);
    return [{ ...ofRows(margins), divisor }, ...this.#regularizers(ofRows(beta.mul(counts)), counts.sum(), divisor)]
      .map((part) => reducer.reduce(part))
      .reduce((sum, part) => sum.add(part));
  }

  protected override parts(batch: LossBatch): readonly UnreducedLoss[] {
    const { distance, tripletsPerAnchor } = this;
    const sampled = batch.tuples === undefined && tripletsPerAnchor !== 'all';
    const indices = sampled ? randomTriplets(batch.relation, tripletsPerAnchor) : batch.triplets;
    const { anchor, positive, negative } = indices;
    const matrix = distance.matrix(batch.embeddings, batch.reference);
    const beta = this.#betaOf(batch).expand([batch.rows]).index([anchor]);
    const { near, far } = this.#hinges(matrix.index([anchor, positive]), matrix.index([anchor, negative]), beta);
    const divisor = near.gt(0).sum().add(far.gt(0).sum());
    const betas: UnreducedLoss = { kind: 'element', values: beta, indices: anchor };
    return [
      { kind: 'triplet', name: 'margin', values: near.add(far), indices, divisor },
      ...this.#regularizers(betas, anchor.numel(), divisor),
    ];
  }

  #hinges(positive: Tensor, negative: Tensor, beta: Tensor): { near: Tensor; far: Tensor } {
    const { distance, margin } = this;
    const near = distance.excess(positive, beta).add(margin).relu();
    const far = distance.excess(negative, beta).neg().add(margin).relu();
    return { near, far };
  }

  /** The boundary of each row, `[N]`, or of all, `[1]`. */
  #betaOf(batch: LossBatch): Tensor {
    const { device, dtype } = batch.embeddings;
    if (typeof this.beta === 'number') return full([1], this.beta, { dtype, device });
    const beta = this.beta.to(device, dtype);
    const count = beta.numel();
    if (count === 1) return beta;
    const { classes } = batch;
    if (classes.numel() > 0) {
      const [least, most] = [classes.min().item() as number, classes.max().item() as number];
      if (least < 0 || most >= count) {
        throw new RangeError(`MarginLoss: labels must be from 0 to ${count - 1}, got ${least < 0 ? least : most}`);
      }
    }
    return beta.index([classes]);
  }

  /** `nu beta`, if beta is learnt and there are triplets. */
  #regularizers(betas: UnreducedLoss, triplets: Tensor | number, divisor: Tensor): UnreducedLoss[] {
    const { beta, nu } = this;
    if (typeof beta === 'number' || nu === 0) return [];
    const name = 'beta';
    if (beta.numel() > 1) return [{ ...betas, name, values: betas.values.mul(nu), divisor } as UnreducedLoss];
    const any = typeof triplets === 'number' ? Number(triplets > 0) : triplets.gt(0);
    const values = beta.to(betas.values.dtype).squeeze(0).mul(nu).mul(any);
    return [{ kind: 'reduced', name, values }];
  }
}
