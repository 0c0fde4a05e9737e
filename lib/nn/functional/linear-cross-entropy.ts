/** The cross entropy of a linear layer's outputs. */

import { isGradEnabled } from '../../autograd/modes.ts';
import { ShapeError } from '../../errors.ts';
import { linear } from '../../generated/nn.ts';
import type { Tensor } from '../../tensor.ts';
import { readTrailing, type Trailing } from '../arguments.ts';
import { crossEntropyOf } from './cross-entropy.ts';
import { expectTensor } from './labels.ts';
import { ReducedLinearCrossEntropy, UnreducedLinearCrossEntropy } from './linear-cross-entropy-function.ts';
import {
  chunkingFor,
  type LinearCrossEntropyOptions,
  type ReadOptions,
  readLinearOptions,
} from './linear-cross-entropy-options.ts';
import { type ReductionOption, reductionCode } from './reduction.ts';
import { warnOnce } from './warning.ts';

export interface LinearCrossEntropyFunctionOptions extends ReductionOption {
  /** `[C, …]`. */
  linearBias?: Tensor | null;
  /** A factor for each class, `[C]`. */
  weight?: Tensor | null;
  /** The class id that counts for nothing; -100 by default. */
  ignoreIndex?: number | null;
  /** 0 to 1: how much of the target is spread over all classes; 0 by default. */
  labelSmoothing?: number;
  /** Computes in chunks of the batch, which saves memory; null computes all logits at once. */
  options?: LinearCrossEntropyOptions | null;
}

const defaults: Required<LinearCrossEntropyFunctionOptions> = {
  linearBias: null,
  weight: null,
  reduction: 'mean',
  ignoreIndex: null,
  labelSmoothing: 0,
  options: null,
};

const show = (shape: readonly number[]) => `[${shape.join(', ')}]`;

function expectShapes(where: string, input: Tensor, linearWeight: Tensor, linearBias: Tensor | null): void {
  const given = expectTensor(where, 'input', input).shape;
  const table = expectTensor(where, 'linearWeight', linearWeight).shape;
  if (given.length < 1 || given.length > 2) {
    throw new ShapeError(`${where}: input must be [N, F] or [F], got ${show(given)}`);
  }
  if (table.length < 2 || table.at(-1) !== given.at(-1)) {
    throw new ShapeError(`${where}: linearWeight must be [C, …, ${given.at(-1)}] to match input, got ${show(table)}`);
  }
  const features = table.slice(0, -1);
  if (linearBias !== null && show(linearBias.shape) !== show(features)) {
    throw new ShapeError(
      `${where}: linearBias must be ${show(features)} to match linearWeight, got ${show(linearBias.shape)}`,
    );
  }
  if (table.length > 2 && given.length < 2) {
    throw new ShapeError(`${where}: input must be [N, F] where linearWeight is ${show(table)}, got ${show(given)}`);
  }
}

type Resolved = Required<Omit<LinearCrossEntropyFunctionOptions, 'options'>> & { readonly options: ReadOptions | null };

function inChunks(
  input: Tensor,
  linearWeight: Tensor,
  target: Tensor,
  resolved: Resolved,
  options: ReadOptions,
): Tensor {
  const { linearBias, weight, reduction } = resolved;
  const single = input.ndim === 1;
  const rows = single ? input.unsqueeze(0) : input;
  const targets = single ? target.unsqueeze(0) : target;
  const sizes = {
    batch: rows.shape[0] as number,
    features: rows.shape[1] as number,
    classes: linearWeight.shape[0] as number,
  };
  const chunking = chunkingFor(options, sizes, rows.dtype, !rows.isCuda);
  const problem = { reduction, ignoreIndex: resolved.ignoreIndex ?? -100, chunking };
  if (reduction === 'none') {
    const loss = UnreducedLinearCrossEntropy.apply(rows, linearWeight, linearBias, targets, weight, problem);
    return single ? loss.squeeze(0) : loss;
  }
  const records = isGradEnabled();
  const wanted = {
    input: records && rows.requiresGrad,
    weight: records && linearWeight.requiresGrad,
    bias: records && linearBias?.requiresGrad === true,
  };
  return ReducedLinearCrossEntropy.apply(rows, linearWeight, linearBias, targets, weight, problem, wanted);
}

/** @internal The loss of options that were read. */
export function linearCrossEntropyOf(
  where: string,
  input: Tensor,
  linearWeight: Tensor,
  target: Tensor,
  resolved: Resolved,
): Tensor {
  const { linearBias, weight, reduction, labelSmoothing, options } = resolved;
  expectShapes(where, input, linearWeight, linearBias);
  reductionCode(where, reduction);
  const features = linearWeight.shape.slice(0, -1);
  const shape = [...input.shape.slice(0, -1), ...features];
  if (show(expectTensor(where, 'target', target).shape) === show(shape) && resolved.ignoreIndex !== null) {
    throw new TypeError(
      `${where}: ignoreIndex must be null where targets are probabilities, got ${resolved.ignoreIndex}`,
    );
  }
  if (options !== null) {
    if (features.length === 1 && labelSmoothing === 0 && target.dtype === 'int64') {
      return inChunks(input, linearWeight, target, resolved, options);
    }
    warnOnce(`${where}: options are for class ids of one feature without label smoothing, and are passed over here`);
  }
  const flat = features.length > 1;
  const table = flat ? linearWeight.reshape([-1, linearWeight.shape.at(-1) as number]) : linearWeight;
  const bias = flat && linearBias !== null ? linearBias.reshape([-1]) : linearBias;
  const logits = linear(input, table, bias).reshape(shape);
  const ignoreIndex = resolved.ignoreIndex ?? -100;
  return crossEntropyOf(where, logits, target, { weight, reduction, ignoreIndex, labelSmoothing });
}

/**
 * Cross entropy of the outputs of a linear layer, `crossEntropy(linear(input, linearWeight, linearBias), target)`, with less
 * memory if there are `options` (`F.linear_cross_entropy`).
 *
 * @param input `[N, F]` or `[F]`.
 * @param linearWeight `[C, …, F]`.
 * @param target class ids `[N, …]` or probabilities `[N, C, …]`.
 * @throws ShapeError if the shapes do not fit.
 */
export function linearCrossEntropy(
  input: Tensor,
  linearWeight: Tensor,
  target: Tensor,
  ...rest: Trailing<[], LinearCrossEntropyFunctionOptions>
): Tensor {
  const where = 'linearCrossEntropy';
  const given = readTrailing(where, [], rest, defaults);
  const options = given.options === null ? null : readLinearOptions(given.options);
  return linearCrossEntropyOf(where, input, linearWeight, target, { ...given, options });
}
