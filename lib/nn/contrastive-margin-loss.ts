/** Contrastive margin loss as a module. */

import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import { type BinaryLabels, expectConvention } from './functional/binary-labels.ts';
import {
  type ContrastiveMarginLossOptions,
  contrastiveMargin,
  contrastiveMarginDefaults,
} from './functional/contrastive-margin-loss.ts';
import type { Reduction } from './functional/reduction.ts';
import { Module } from './module.ts';
import { reprFloat } from './python-repr.ts';

/** `y·d² + (1 - y)·max(0, m - d)²` of pairs of embeddings: `nn.functional.contrastiveMarginLoss` as a module. */
export class ContrastiveMarginLoss extends Module {
  margin: number;
  labels: BinaryLabels;
  reduction: Reduction;
  validate: boolean;

  constructor(...rest: Trailing<[margin: number], ContrastiveMarginLossOptions>) {
    super();
    const options = readTrailing('ContrastiveMarginLoss', ['margin'], rest, contrastiveMarginDefaults);
    this.margin = options.margin;
    this.labels = expectConvention('ContrastiveMarginLoss', options.labels);
    this.reduction = options.reduction;
    this.validate = options.validate;
  }

  /** Embeddings `[N, D]`, their partners `[N, D]`, and `[N]` labels: 1 for similar, 0 for dissimilar. */
  forward(z1: Tensor, z2: Tensor, y: Tensor): Tensor {
    return contrastiveMargin('ContrastiveMarginLoss', z1, z2, y, this);
  }

  override extraRepr(): string {
    return `margin=${reprFloat(this.margin)}`;
  }
}
