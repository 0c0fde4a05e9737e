/** A linear layer and the cross entropy of its outputs, as one module. */

import type { DeviceLike } from '../device.ts';
import type { DType } from '../dtype.ts';
import { ShapeError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { expectCount, readTrailing, type Trailing } from './arguments.ts';
import { type LinearCrossEntropyFunctionOptions, linearCrossEntropyOf } from './functional/linear-cross-entropy.ts';
import { printLinearOptions, type ReadOptions, readLinearOptions } from './functional/linear-cross-entropy-options.ts';
import type { Reduction } from './functional/reduction.ts';
import { Linear } from './linear.ts';
import { Module } from './module.ts';
import { repr, reprFloat } from './python-repr.ts';

export interface LinearCrossEntropyLossOptions extends Omit<LinearCrossEntropyFunctionOptions, 'linearBias'> {
  /** Further dimensions of the layer's outputs behind the classes; none by default. */
  outFeatures?: readonly number[];
  /** Whether the layer has a bias; false by default. */
  bias?: boolean;
  device?: DeviceLike;
  dtype?: DType;
}

/**
 * Cross entropy of the outputs of a linear layer, which is part of the module (`torch.nn.LinearCrossEntropyLoss`). With `options`
 * it is computed in chunks of the batch, and the logits of all classes are never there at once.
 *
 * @throws ShapeError if `weight` is not `[numClasses]`, RangeError if `labelSmoothing` is not between 0 and 1.
 * @example
 * const head = new nn.LinearCrossEntropyLoss(64, 50_000, { options: {} });
 * const loss = head(hidden, nextTokens); // [N, 64] and int64 [N]
 */
export class LinearCrossEntropyLoss extends Module {
  numClasses: number;
  outFeatures: readonly number[];
  ignoreIndex: number | null;
  labelSmoothing: number;
  reduction: Reduction;
  options: ReadOptions | null;
  /** A factor for each class, `[numClasses]`. */
  weight: Tensor | null;
  linear: Linear;

  constructor(inFeatures: number, numClasses: number, ...rest: Trailing<[], LinearCrossEntropyLossOptions>) {
    super();
    const where = 'LinearCrossEntropyLoss';
    const read = readTrailing<LinearCrossEntropyLossOptions>(where, [], rest, {
      outFeatures: [],
      bias: false,
      device: undefined,
      dtype: undefined,
      reduction: 'mean',
      weight: null,
      ignoreIndex: null,
      labelSmoothing: 0,
      options: null,
    }) as Required<LinearCrossEntropyLossOptions>;
    const { outFeatures, bias, device, dtype, weight, labelSmoothing, options } = read;
    this.numClasses = expectCount(`${where}: numClasses`, numClasses);
    this.outFeatures = outFeatures.map((size) => expectCount(`${where}: outFeatures`, size));
    if (weight !== null && String(weight.shape) !== String([numClasses])) {
      throw new ShapeError(`${where}: weight must be [${numClasses}], got [${weight.shape.join(', ')}]`);
    }
    if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
      throw new RangeError(`${where}: labelSmoothing must be between 0 and 1, got ${labelSmoothing}`);
    }
    this.reduction = read.reduction;
    this.weight = this.registerBuffer('weight', weight);
    this.ignoreIndex = read.ignoreIndex;
    this.labelSmoothing = labelSmoothing;
    const outputs = outFeatures.reduce((product, size) => product * size, numClasses);
    this.linear = new Linear(inFeatures, outputs, bias, { device, dtype });
    this.options = options === null ? null : readLinearOptions(options);
  }

  /** `[N, inFeatures]` or `[inFeatures]`, and class ids `[N, …outFeatures]` or probabilities `[N, numClasses, …outFeatures]`. */
  forward(input: Tensor, target: Tensor): Tensor {
    const { linear, numClasses, outFeatures, weight, reduction, ignoreIndex, labelSmoothing, options } = this;
    const features = [numClasses, ...outFeatures];
    const table = linear.weight.reshape([...features, linear.inFeatures]);
    const linearBias = linear.bias?.reshape(features) ?? null;
    const resolved = { linearBias, weight, reduction, ignoreIndex, labelSmoothing, options };
    return linearCrossEntropyOf('LinearCrossEntropyLoss', input, table, target, resolved);
  }

  override extraRepr(): string {
    const { linear, numClasses, outFeatures, reduction, ignoreIndex, labelSmoothing, options } = this;
    return (
      `in_features=${linear.inFeatures}, num_classes=${numClasses}, out_features=${repr([...outFeatures])}, ` +
      `bias=${repr(linear.bias !== null)}, reduction=${reduction}, ignore_index=${repr(ignoreIndex)}, ` +
      `label_smoothing=${reprFloat(labelSmoothing)}, options=${printLinearOptions(options)}`
    );
  }
}
