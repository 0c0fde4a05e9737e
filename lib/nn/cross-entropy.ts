/** Cross entropies as modules. */

import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import {
  type BinaryCrossEntropyWithLogitsOptions,
  binary,
  binaryDefaults,
  binaryWithLogits,
  binaryWithLogitsDefaults,
  type CrossEntropyOptions,
  crossEntropyDefaults,
  crossEntropyOf,
  type WeightOption,
} from './functional/cross-entropy.ts';
import type { Reduction } from './functional/reduction.ts';
import { Module } from './module.ts';

/**
 * Cross entropy of logits and class ids or probabilities (`torch.nn.CrossEntropyLoss`).
 *
 * @example
 * const lossFn = new nn.CrossEntropyLoss({ labelSmoothing: 0.1 });
 * const loss = lossFn(logits, labels); // [N, C] and int64 [N]
 */
export class CrossEntropyLoss extends Module {
  /** `[C]`. */
  weight: Tensor | null;
  ignoreIndex: number;
  labelSmoothing: number;
  reduction: Reduction;

  constructor(...rest: Trailing<[weight: Tensor | null], CrossEntropyOptions>) {
    super();
    const options = readTrailing('CrossEntropyLoss', ['weight'], rest, crossEntropyDefaults);
    this.weight = this.registerBuffer('weight', options.weight);
    this.ignoreIndex = options.ignoreIndex;
    this.labelSmoothing = options.labelSmoothing;
    this.reduction = options.reduction;
  }

  /** Logits `[N, C, …]` or `[C]`; class ids `[N, …]` or `[]`, or probabilities of the logits' shape. */
  forward(input: Tensor, target: Tensor): Tensor {
    return crossEntropyOf('CrossEntropyLoss', input, target, this);
  }
}

/** Cross entropy of probabilities and targets from 0 to 1 (`torch.nn.BCELoss`). */
export class BCELoss extends Module {
  /** A factor for each element of a batch, of a shape that broadcasts. */
  weight: Tensor | null;
  reduction: Reduction;

  constructor(...rest: Trailing<[weight: Tensor | null], WeightOption>) {
    super();
    const options = readTrailing('BCELoss', ['weight'], rest, binaryDefaults);
    this.weight = this.registerBuffer('weight', options.weight);
    this.reduction = options.reduction;
  }

  /** Two tensors of the same shape. */
  forward(input: Tensor, target: Tensor): Tensor {
    return binary('BCELoss', input, target, this);
  }
}

/** Cross entropy of logits and targets from 0 to 1, computed stably (`torch.nn.BCEWithLogitsLoss`). */
export class BCEWithLogitsLoss extends Module {
  /** A factor for each element of a batch, of a shape that broadcasts. */
  weight: Tensor | null;
  /** A factor for the positive answers of each class. */
  pos_weight: Tensor | null;
  reduction: Reduction;

  constructor(...rest: Trailing<[weight: Tensor | null], BinaryCrossEntropyWithLogitsOptions>) {
    super();
    const options = readTrailing('BCEWithLogitsLoss', ['weight'], rest, binaryWithLogitsDefaults);
    this.weight = this.registerBuffer('weight', options.weight);
    this.pos_weight = this.registerBuffer('pos_weight', options.posWeight);
    this.reduction = options.reduction;
  }

  /** Two tensors of the same shape. */
  forward(input: Tensor, target: Tensor): Tensor {
    const { weight, pos_weight: posWeight, reduction } = this;
    return binaryWithLogits('BCEWithLogitsLoss', input, target, { weight, posWeight, reduction });
  }
}
