/** Margin losses whose labels are -1 or +1, as modules. */

import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import { type BinaryLabels, expectConvention } from './functional/binary-labels.ts';
import type { Reduction } from './functional/reduction.ts';
import {
  cosineEmbedding,
  hingeEmbedding,
  type MarginOptions,
  marginRanking,
  type SignLossOptions,
  softMargin,
  softMarginDefaults,
  unitMargin,
  zeroMargin,
} from './functional/sign-losses.ts';
import { Module } from './module.ts';

/** What those with a margin have in common. */
abstract class MarginLoss extends Module {
  margin: number;
  labels: BinaryLabels;
  reduction: Reduction;
  validate: boolean;

  constructor(where: string, rest: readonly unknown[], defaults: Required<MarginOptions>) {
    super();
    const options = readTrailing(where, ['margin'], rest, defaults);
    this.margin = options.margin;
    this.labels = expectConvention(where, options.labels);
    this.reduction = options.reduction;
    this.validate = options.validate;
  }

  abstract override forward(...inputs: never[]): Tensor;
}

type MarginArguments = Trailing<[margin: number], MarginOptions>;

/** `log(1 + exp(-y·x))` of scores and labels -1 or +1 (`torch.nn.SoftMarginLoss`), finite wherever the score is. */
export class SoftMarginLoss extends Module {
  labels: BinaryLabels;
  reduction: Reduction;
  validate: boolean;

  constructor(...rest: Trailing<[], SignLossOptions>) {
    super();
    const { labels, reduction, validate } = readTrailing('SoftMarginLoss', [], rest, softMarginDefaults);
    this.labels = expectConvention('SoftMarginLoss', labels);
    this.reduction = reduction;
    this.validate = validate;
  }

  /** Scores of any shape, targets -1 or +1 of the same. */
  forward(input: Tensor, target: Tensor): Tensor {
    return softMargin('SoftMarginLoss', input, target, this);
  }
}

/** Hinge loss of distances: `x` where y is 1, `max(0, margin - x)` where it is -1 (`torch.nn.HingeEmbeddingLoss`). */
export class HingeEmbeddingLoss extends MarginLoss {
  constructor(...rest: MarginArguments) {
    super('HingeEmbeddingLoss', rest, unitMargin);
  }

  /** Distances of any shape, targets -1 or +1 of the same. */
  forward(input: Tensor, target: Tensor): Tensor {
    return hingeEmbedding('HingeEmbeddingLoss', input, target, this);
  }
}

/** `max(0, -y·(x1 - x2) + margin)`, y being 1 where `input1` belongs above (`torch.nn.MarginRankingLoss`). */
export class MarginRankingLoss extends MarginLoss {
  constructor(...rest: MarginArguments) {
    super('MarginRankingLoss', rest, zeroMargin);
  }

  /** Scores `[N]` each, targets -1 or +1 of the same shape. */
  forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    return marginRanking('MarginRankingLoss', input1, input2, target, this);
  }
}

/** `1 - cos(x1, x2)` where y is 1, `max(0, cos(x1, x2) - margin)` where it is -1 (`torch.nn.CosineEmbeddingLoss`). */
export class CosineEmbeddingLoss extends MarginLoss {
  constructor(...rest: MarginArguments) {
    super('CosineEmbeddingLoss', rest, zeroMargin);
  }

  /** Embeddings `[N, D]` each and targets `[N]`, or `[D]` and `[]`. */
  forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    return cosineEmbedding('CosineEmbeddingLoss', input1, input2, target, this);
  }
}
