import { expectNumber, expectOneOf, expectPositive } from '../arguments.ts';
import { CosineSimilarity } from '../distances/cosine-similarity.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import type { Tensor } from '../tensor.ts';
import type { LossBatch } from './loss-batch.ts';
import { MetricLoss, type MetricLossOptions } from './metric-loss.ts';
import { meanOfQueries, rankedPositives } from './ranked-positives.ts';
import { sigmoidRanks } from './sigmoid-ranks.ts';

/** How the number of negatives before a positive is penalised: see `PNPLoss`. */
export type PNPVariant = 'Ds' | 'Dq' | 'Iu' | 'Ib' | 'O';

const variants: readonly PNPVariant[] = ['Ds', 'Dq', 'Iu', 'Ib', 'O'];

export interface PNPLossOptions extends MetricLossOptions {
  /** Of variant `'Ib'`; 2 by default. */
  b?: number;
  /** The exponent of variant `'Dq'`; 1 by default. */
  alpha?: number;
  /** By how much two similarities must differ to be told apart, `> 0`; 0.01 by default. */
  anneal?: number;
  /** `'O'` by default. */
  variant?: PNPVariant;
}

/**
 * Penalises the negatives that come before each positive. With `R = sum_{n} g(s_n - s_p)` over the negatives of the
 * row, `g(x) = 1 / (1 + exp(-x / anneal))`, a positive p costs, by variant, `O`: `R`; `Iu`: `(1 + R) log(1 + R)`; `Ib`:
 * `(b R - log(1 + b R)) / b²`, whose slopes increase with R; `Ds`: `log(1 + R)`; `Dq`: `1 - (1 + R)^-alpha`, whose
 * slopes decrease, so that hopeless positives count little. The loss of a row is the mean over its positives, itself
 * among them (pytorch-metric-learning's `PNPLoss`; Li et al., Rethinking the Optimization of Average Precision, AAAI
 * 2022). Cosine similarity and the mean over rows by default. A miner's tuples only weigh the rows.
 *
 * Time grows as the number of positive pairs times N, memory as N².
 *
 * @returns a scalar; 0 where no row has a positive.
 * @throws RangeError for another variant, or an anneal that is not positive.
 * @example
 * new torch.losses.PNPLoss({ variant: 'Dq', alpha: 4 })(embeddings, labels).backward();
 */
export class PNPLoss extends MetricLoss {
  readonly b: number;
  readonly alpha: number;
  readonly anneal: number;
  readonly variant: PNPVariant;

  constructor(options: PNPLossOptions = {}) {
    super(options, { distance: () => new CosineSimilarity() });
    const { b = 2, alpha = 1, anneal = 0.01, variant = 'O' } = options;
    expectPositive('PNPLoss: b', b);
    expectNumber('PNPLoss: alpha', alpha);
    expectPositive('PNPLoss: anneal', anneal);
    expectOneOf('PNPLoss: variant', variant, variants);
    this.b = b;
    this.alpha = alpha;
    this.anneal = anneal;
    this.variant = variant;
  }

  protected override parts(batch: LossBatch): readonly UnreducedLoss[] {
    const ranked = rankedPositives(batch);
    const { queries: indices, rows, columns, negatives } = ranked;
    if (indices.numel() === 0) return [];
    const scores = this.distance.ascending(this.distance.matrix(batch.embeddings, batch.reference)).neg();
    const before = sigmoidRanks(scores, rows, columns, this.anneal, [negatives]).squeeze(0);
    const values = meanOfQueries(penalty(before, this), ranked).mul(batch.minedWeights.index([indices]));
    return [{ kind: 'element', values, indices }];
  }
}

function penalty(before: Tensor, { alpha, b, variant }: PNPLoss): Tensor {
  switch (variant) {
    case 'Ds':
      return before.log1p();
    case 'Dq':
      return before.add(1).pow(-alpha).neg().add(1);
    case 'Iu':
      return before.add(1).mul(before.log1p());
    case 'Ib':
      return before
        .mul(b)
        .sub(before.mul(b).log1p())
        .div(b ** 2);
    default:
      return before;
  }
}
