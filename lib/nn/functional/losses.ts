/** PyTorch's own losses, whose reduction is a word here and a number in libtorch. */

import { ShapeError } from '../../errors.ts';
import * as aten from '../../generated/nn.ts';
import * as torch from '../../generated/torch.ts';
import type { Tensor } from '../../tensor.ts';
import { readTrailing, type Trailing } from '../arguments.ts';
import { type ReductionOption, reductionCode } from './reduction.ts';

interface WeightOption extends ReductionOption {
  /** A factor for each element, or for each class. */
  weight?: Tensor | null;
}

export interface CrossEntropyOptions extends WeightOption {
  /** The class id that counts for nothing. */
  ignoreIndex?: number;
  /** 0 to 1: how much of the target is spread over all classes. */
  labelSmoothing?: number;
}

/** Cross entropy of logits `[N, C, …]` and class ids `[N, …]` or probabilities `[N, C, …]` (`F.cross_entropy`). */
export function crossEntropy(
  input: Tensor,
  target: Tensor,
  ...rest: Trailing<[weight: Tensor | null], CrossEntropyOptions>
): Tensor {
  const defaults: Required<CrossEntropyOptions> = {
    weight: null,
    reduction: 'mean',
    ignoreIndex: -100,
    labelSmoothing: 0,
  };
  const options = readTrailing('crossEntropy', ['weight'], rest, defaults);
  const reduction = reductionCode('crossEntropy', options.reduction);
  return aten.crossEntropyLoss(input, target, options.weight, reduction, options.ignoreIndex, options.labelSmoothing);
}

export interface NllLossOptions extends WeightOption {
  /** The class id that counts for nothing. */
  ignoreIndex?: number;
}

/** Negative log likelihood of log-probabilities `[N, C, …]` and class ids `[N, …]` (`F.nll_loss`). */
export function nllLoss(
  input: Tensor,
  target: Tensor,
  ...rest: Trailing<[weight: Tensor | null], NllLossOptions>
): Tensor {
  const defaults: Required<NllLossOptions> = { weight: null, reduction: 'mean', ignoreIndex: -100 };
  const options = readTrailing('nllLoss', ['weight'], rest, defaults);
  const reduction = reductionCode('nllLoss', options.reduction);
  return aten.nllLossNd(input, target, options.weight, reduction, options.ignoreIndex);
}

const meanDefaults: Required<ReductionOption> = { reduction: 'mean' };

/** Warns where broadcasting would pair every input with every target, as Python does. */
function broadcast(where: string, input: Tensor, target: Tensor): [Tensor, Tensor] {
  const [a, b] = [input.shape, target.shape];
  if (a.length !== b.length || a.some((size, i) => size !== b[i])) {
    process.emitWarning(
      `${where}: a target of [${b.join(', ')}] is broadcast against an input of [${a.join(', ')}], which is likely to ` +
        'give wrong results; give both the same shape',
    );
  }
  return torch.broadcastTensors([input, target]) as [Tensor, Tensor];
}

/** Mean squared error (`F.mse_loss`). */
export function mseLoss(input: Tensor, target: Tensor, options: ReductionOption = {}): Tensor {
  const { reduction } = readTrailing('mseLoss', [], [options], meanDefaults);
  return aten.mseLoss(...broadcast('mseLoss', input, target), reductionCode('mseLoss', reduction));
}

/** Mean absolute error (`F.l1_loss`). */
export function l1Loss(input: Tensor, target: Tensor, options: ReductionOption = {}): Tensor {
  const { reduction } = readTrailing('l1Loss', [], [options], meanDefaults);
  return aten.l1Loss(...broadcast('l1Loss', input, target), reductionCode('l1Loss', reduction));
}

/** `log(1 + exp(-y·x))` of scores and labels -1 or +1 (`F.soft_margin_loss`). */
export function softMarginLoss(input: Tensor, target: Tensor, options: ReductionOption = {}): Tensor {
  const { reduction } = readTrailing('softMarginLoss', [], [options], meanDefaults);
  return aten.softMarginLoss(input, target, reductionCode('softMarginLoss', reduction));
}

export interface MarginOptions extends ReductionOption {
  margin?: number;
}

/** Hinge loss of distances: `x` where y is 1, `max(0, margin - x)` where it is -1 (`F.hinge_embedding_loss`). */
export function hingeEmbeddingLoss(
  input: Tensor,
  target: Tensor,
  ...rest: Trailing<[margin: number], MarginOptions>
): Tensor {
  const defaults: Required<MarginOptions> = { margin: 1, reduction: 'mean' };
  const { margin, reduction } = readTrailing('hingeEmbeddingLoss', ['margin'], rest, defaults);
  return torch.hingeEmbeddingLoss(input, target, margin, reductionCode('hingeEmbeddingLoss', reduction));
}

const zeroMargin: Required<MarginOptions> = { margin: 0, reduction: 'mean' };

/** `max(0, -y·(x1 - x2) + margin)`, y being 1 where `input1` belongs above (`F.margin_ranking_loss`). */
export function marginRankingLoss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  ...rest: Trailing<[margin: number], MarginOptions>
): Tensor {
  const { margin, reduction } = readTrailing('marginRankingLoss', ['margin'], rest, zeroMargin);
  if (input1.ndim !== input2.ndim || input1.ndim !== target.ndim) {
    throw new ShapeError(
      'marginRankingLoss: all inputs must have as many dimensions, got ' +
        `input1 [${input1.shape}], input2 [${input2.shape}] and target [${target.shape}]`,
    );
  }
  return torch.marginRankingLoss(input1, input2, target, margin, reductionCode('marginRankingLoss', reduction));
}

/** `1 - cos(x1, x2)` where y is 1, `max(0, cos(x1, x2) - margin)` where it is -1 (`F.cosine_embedding_loss`). */
export function cosineEmbeddingLoss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  ...rest: Trailing<[margin: number], MarginOptions>
): Tensor {
  const { margin, reduction } = readTrailing('cosineEmbeddingLoss', ['margin'], rest, zeroMargin);
  return torch.cosineEmbeddingLoss(input1, input2, target, margin, reductionCode('cosineEmbeddingLoss', reduction));
}
