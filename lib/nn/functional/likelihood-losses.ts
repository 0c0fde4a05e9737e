/** Negative log likelihoods, and the divergence of distributions. */

import { noGrad } from '../../autograd/modes.ts';
import { describeValue, ShapeError } from '../../errors.ts';
import * as aten from '../../generated/nn.ts';
import * as torch from '../../generated/torch.ts';
import { scope } from '../../scope.ts';
import type { Tensor } from '../../tensor.ts';
import { readTrailing, type Trailing } from '../arguments.ts';
import type { WeightOption } from './cross-entropy.ts';
import { expectTensor } from './labels.ts';
import { type Reduction, type ReductionOption, reduce, reductionCode } from './reduction.ts';
import { warnOnce } from './warning.ts';

export interface NllLossOptions extends WeightOption {
  /** The class id that counts for nothing; -100 by default. */
  ignoreIndex?: number;
}

/** @internal */
export const nllDefaults: Required<NllLossOptions> = { weight: null, reduction: 'mean', ignoreIndex: -100 };

/** @internal The loss of options that were read. */
export function nll(
  where: string,
  input: Tensor,
  target: Tensor,
  { weight, reduction, ignoreIndex }: Required<NllLossOptions>,
): Tensor {
  expectTensor(where, 'input', input);
  expectTensor(where, 'target', target);
  return aten.nllLossNd(input, target, weight, reductionCode(where, reduction), ignoreIndex);
}

/** Negative log likelihood of log-probabilities `[N, C, …]` and class ids `[N, …]` (`F.nll_loss`). */
export function nllLoss(
  input: Tensor,
  target: Tensor,
  ...rest: Trailing<[weight: Tensor | null], NllLossOptions>
): Tensor {
  return nll('nllLoss', input, target, readTrailing('nllLoss', ['weight'], rest, nllDefaults));
}

export interface PoissonNllLossOptions extends ReductionOption {
  /** Whether inputs are logarithms of the rate; true by default. */
  logInput?: boolean;
  /** Adds Stirling's approximation of the constant. */
  full?: boolean;
  /** Keeps the logarithm of a rate of 0 finite; 1e-8 by default. */
  eps?: number;
}

/** @internal */
export const poissonDefaults: Required<PoissonNllLossOptions> = {
  logInput: true,
  full: false,
  eps: 1e-8,
  reduction: 'mean',
};

/** @internal The loss of options that were read. */
export function poissonNll(
  where: string,
  input: Tensor,
  target: Tensor,
  { logInput, full, eps, reduction }: Required<PoissonNllLossOptions>,
): Tensor {
  expectTensor(where, 'input', input);
  expectTensor(where, 'target', target);
  return torch.poissonNllLoss(input, target, logInput, full, eps, reductionCode(where, reduction));
}

/** Negative log likelihood of counts of a Poisson distribution (`F.poisson_nll_loss`). */
export function poissonNllLoss(
  input: Tensor,
  target: Tensor,
  ...rest: Trailing<[logInput: boolean, full: boolean], PoissonNllLossOptions>
): Tensor {
  const options = readTrailing('poissonNllLoss', ['logInput', 'full'], rest, poissonDefaults);
  return poissonNll('poissonNllLoss', input, target, options);
}

export interface GaussianNllLossOptions extends ReductionOption {
  /** Adds the constant `log(2π) / 2`. */
  full?: boolean;
  /** The least variance; 1e-6 by default. */
  eps?: number;
}

/** @internal */
export const gaussianDefaults: Required<GaussianNllLossOptions> = { full: false, eps: 1e-6, reduction: 'mean' };

/** A variance for each element, as a tensor that broadcasts to the input. */
function variances(where: string, input: Tensor, given: Tensor | number): Tensor {
  const negative =
    typeof given === 'number'
      ? given < 0
      : scope(() => expectTensor(where, 'variance', given).lt(0).any().item() === true);
  if (negative) throw new RangeError(`${where}: variance must not be negative, got ${describeValue(given)}`);
  if (typeof given === 'number') return torch.onesLike(input).mul(given);
  const [expected, got] = [input.shape, given.shape];
  const differ = got.flatMap((size, i) => (size === expected[i] ? [] : [size]));
  if (got.length === expected.length && (differ.length === 0 || differ.every((size) => size === 1))) {
    // One variance for a whole dimension may stand for one dimension only.
    if (differ.length <= 1) return given;
  } else if (got.length === expected.length - 1 && differ.length === 0) return given.unsqueeze(-1);
  throw new ShapeError(
    `${where}: variance must be [${expected.join(', ')}] to match input, without its last dimension or with one of size ` +
      `1, got [${got.join(', ')}]`,
  );
}

/** @internal The loss of options that were read. */
export function gaussianNll(
  where: string,
  input: Tensor,
  target: Tensor,
  variance: Tensor | number,
  { full, eps, reduction }: Required<GaussianNllLossOptions>,
): Tensor {
  expectTensor(where, 'input', input);
  expectTensor(where, 'target', target);
  reductionCode(where, reduction);
  const clamped = variances(where, input, variance).clone();
  noGrad(() => clamped.clamp_({ min: eps }));
  const loss = clamped.log().add(input.sub(target).pow(2).div(clamped)).mul(0.5);
  if (full) loss.add_(0.5 * Math.log(2 * Math.PI));
  return reduce(where, loss, reduction);
}

/**
 * Negative log likelihood of normal distributions of which mean and variance are known (`F.gaussian_nll_loss`).
 *
 * @param input the means, of any shape.
 * @param target samples, of the same shape or one that broadcasts to it.
 * @param variance of the same shape, without its last dimension, with one dimension of size 1, or a number.
 * @throws RangeError if a variance is negative, ShapeError if their shape does not fit.
 */
export function gaussianNllLoss(
  input: Tensor,
  target: Tensor,
  variance: Tensor | number,
  ...rest: Trailing<[full: boolean, eps: number, reduction: Reduction], GaussianNllLossOptions>
): Tensor {
  const options = readTrailing('gaussianNllLoss', ['full', 'eps', 'reduction'], rest, gaussianDefaults);
  return gaussianNll('gaussianNllLoss', input, target, variance, options);
}

/** How a divergence becomes one number: `'batchmean'` divides by the batch's size, as the definition does. */
export type DivergenceReduction = Reduction | 'batchmean';

export interface KlDivOptions {
  /** `'mean'` by default, which divides by the number of elements. */
  reduction?: DivergenceReduction;
  /** Whether targets are logarithms, too. */
  logTarget?: boolean;
}

/** @internal */
export const klDivDefaults: Required<KlDivOptions> = { reduction: 'mean', logTarget: false };

/** @internal The loss of options that were read. */
export function klDivOf(where: string, input: Tensor, target: Tensor, options: Required<KlDivOptions>): Tensor {
  const { reduction, logTarget } = options;
  expectTensor(where, 'input', input);
  expectTensor(where, 'target', target);
  if (reduction === 'mean') {
    warnOnce(`${where}: 'mean' divides by the number of elements; 'batchmean' is the divergence of the definition`);
  }
  const code = reductionCode(where, reduction === 'batchmean' ? 'sum' : reduction);
  const divergence = torch.klDiv(input, target, code, { logTarget });
  return reduction === 'batchmean' && input.ndim > 0 ? divergence.div(input.shape[0] as number) : divergence;
}

/** Kullback-Leibler divergence of log-probabilities from target probabilities (`F.kl_div`). */
export function klDiv(input: Tensor, target: Tensor, ...rest: Trailing<[], KlDivOptions>): Tensor {
  return klDivOf('klDiv', input, target, readTrailing('klDiv', [], rest, klDivDefaults));
}

export interface CtcLossOptions extends ReductionOption {
  /** The class id of the blank; 0 by default. */
  blank?: number;
  /** Sets infinite losses, of inputs too short for their targets, and their gradients to zero. */
  zeroInfinity?: boolean;
}

/** @internal */
export const ctcDefaults: Required<CtcLossOptions> = { blank: 0, reduction: 'mean', zeroInfinity: false };

/** Lengths of sequences: a tensor of integers or an array. */
export type Lengths = Tensor | readonly number[];

/** @internal The loss of options that were read. */
export function ctc(
  where: string,
  logProbs: Tensor,
  targets: Tensor,
  inputLengths: Lengths,
  targetLengths: Lengths,
  { blank, reduction, zeroInfinity }: Required<CtcLossOptions>,
): Tensor {
  expectTensor(where, 'logProbs', logProbs);
  expectTensor(where, 'targets', targets);
  return torch.ctcLoss(
    logProbs,
    targets,
    inputLengths as Tensor,
    targetLengths as Tensor,
    blank,
    reductionCode(where, reduction),
    zeroInfinity,
  );
}

/**
 * Connectionist temporal classification: the likelihood of label sequences under all their alignments (`F.ctc_loss`, Graves et
 * al. 2006).
 *
 * @param logProbs log-probabilities `[T, N, C]` or `[T, C]`.
 * @param targets class ids `[N, S]`, or those of all sequences in one row.
 * @param inputLengths `[N]`, each at most T.
 * @param targetLengths `[N]`, each at most S.
 */
export function ctcLoss(
  logProbs: Tensor,
  targets: Tensor,
  inputLengths: Lengths,
  targetLengths: Lengths,
  ...rest: Trailing<[blank: number, reduction: Reduction, zeroInfinity: boolean], CtcLossOptions>
): Tensor {
  const options = readTrailing('ctcLoss', ['blank', 'reduction', 'zeroInfinity'], rest, ctcDefaults);
  return ctc('ctcLoss', logProbs, targets, inputLengths, targetLengths, options);
}
