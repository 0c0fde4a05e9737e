/** Losses of samples that belong to several classes, as modules. */

import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import {
  type MultiLabelMarginLossOptions,
  type MultiLabelSoftMarginLossOptions,
  multiLabelMargin,
  multiLabelMarginDefaults,
  multiLabelSoftMargin,
  multiLabelSoftMarginDefaults,
} from './functional/multilabel-losses.ts';
import type { Reduction } from './functional/reduction.ts';
import { Module } from './module.ts';

/** `(1/C)·Σ_j Σ_i max(0, 1 - (x_j - x_i))` over classes j of the sample and all others i (`torch.nn.MultiLabelMarginLoss`). */
export class MultiLabelMarginLoss extends Module {
  reduction: Reduction;
  validate: boolean;

  constructor(...rest: Trailing<[], MultiLabelMarginLossOptions>) {
    super();
    const { reduction, validate } = readTrailing('MultiLabelMarginLoss', [], rest, multiLabelMarginDefaults);
    this.reduction = reduction;
    this.validate = validate;
  }

  /** Scores `[N, C]` or `[C]`; targets int64 of the same shape: class ids, and -1 after the last of them. */
  forward(input: Tensor, target: Tensor): Tensor {
    return multiLabelMargin('MultiLabelMarginLoss', input, target, this);
  }
}

/** The mean over classes of the binary cross entropy of each score (`torch.nn.MultiLabelSoftMarginLoss`). */
export class MultiLabelSoftMarginLoss extends Module {
  /** `[C]`. */
  weight: Tensor | null;
  reduction: Reduction;
  validate: boolean;

  constructor(...rest: Trailing<[weight: Tensor | null], MultiLabelSoftMarginLossOptions>) {
    super();
    const options = readTrailing('MultiLabelSoftMarginLoss', ['weight'], rest, multiLabelSoftMarginDefaults);
    this.weight = this.registerBuffer('weight', options.weight);
    this.reduction = options.reduction;
    this.validate = options.validate;
  }

  /** Scores `[N, C]` or `[C]`; targets of the same shape: 1 for the classes of a sample, 0 for all others. */
  forward(input: Tensor, target: Tensor): Tensor {
    return multiLabelSoftMargin('MultiLabelSoftMarginLoss', input, target, this);
  }
}
