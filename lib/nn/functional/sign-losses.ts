/**
 * Margin losses whose labels are signs: -1 or +1. Any other label has no meaning in them, and is refused, but for 0 and 1
 * where the caller says so.
 */

import type { DType } from '../../dtype.ts';
import { ShapeError } from '../../errors.ts';
import { vectorNorm } from '../../generated/linalg.ts';
import * as aten from '../../generated/nn.ts';
import * as torch from '../../generated/torch.ts';
import { scope } from '../../scope.ts';
import type { Tensor } from '../../tensor.ts';
import { expectNumber, readTrailing, type Trailing } from '../arguments.ts';
import { type BinaryLabelsOption, signsOf } from './binary-labels.ts';
import { expectTensor, type ValidateOption } from './labels.ts';
import { type ReductionOption, reduce, reductionCode } from './reduction.ts';

export interface SignLossOptions extends ReductionOption, ValidateOption, BinaryLabelsOption {}

export interface MarginOptions extends SignLossOptions {
  margin?: number;
}

/** @internal */
export const softMarginDefaults: Required<SignLossOptions> = { labels: 'pm1', reduction: 'mean', validate: true };
/** @internal */
export const unitMargin: Required<MarginOptions> = { margin: 1, ...softMarginDefaults };
/** @internal */
export const zeroMargin: Required<MarginOptions> = { margin: 0, ...softMarginDefaults };

/** Checks inputs and labels; returns labels as signs, and libtorch's number for the reduction. */
function read(
  where: string,
  inputs: readonly Tensor[],
  target: Tensor,
  options: Required<SignLossOptions>,
  ties = false,
): [signs: Tensor, code: number] {
  inputs.forEach((input, i) => {
    expectTensor(where, inputs.length > 1 ? `input${i + 1}` : 'input', input);
  });
  const dtype = expectTensor(where, 'target', target).dtype;
  const signs = signsOf(where, target, dtype, options, (inputs[0] as Tensor).dtype, ties);
  return [signs, reductionCode(where, options.reduction)];
}

/** Whole numbers whose `exp` each dtype still holds. */
const largestExponents: Partial<Record<DType, number>> = { float16: 11, bfloat16: 88, float32: 88, float64: 709 };

/** Whether the magnitude of a value may be above a limit: read back where values are looked at, and supposed where they are not. */
function mayExceed(input: Tensor, limit: number, validate: boolean): boolean {
  if (input.isMeta || input.numel() === 0) return false;
  return !validate || scope(() => (vectorNorm(input.detach(), Number.POSITIVE_INFINITY).item() as number) > limit);
}

/** @internal The loss of options that were read. */
export function softMargin(where: string, input: Tensor, target: Tensor, options: Required<SignLossOptions>): Tensor {
  const [signs, code] = read(where, [input], target, options);
  const limit = largestExponents[input.dtype];
  if (limit === undefined || !mayExceed(input, limit, options.validate)) return aten.softMarginLoss(input, signs, code);
  // PyTorch's kernel takes exp of what it is given, and divides infinity by itself in the gradient. Beyond the limit the
  // loss is a line to the last bit, so the kernel sees no more than the limit and the line adds the rest.
  const agreement = input.mul(signs);
  const beyond = agreement.lt(-limit);
  const loss = aten.softMarginLoss(torch.where(beyond, signs.mul(-limit).to(input.dtype), input), signs, code);
  return loss.add(reduce(where, torch.where(beyond, agreement.add(limit).neg(), 0), options.reduction));
}

/** `log(1 + exp(-y·x))` of scores and labels -1 or +1 (`F.soft_margin_loss`), finite wherever the score is. */
export function softMarginLoss(input: Tensor, target: Tensor, ...rest: Trailing<[], SignLossOptions>): Tensor {
  return softMargin('softMarginLoss', input, target, readTrailing('softMarginLoss', [], rest, softMarginDefaults));
}

/** @internal The loss of options that were read. */
export function hingeEmbedding(where: string, input: Tensor, target: Tensor, options: Required<MarginOptions>): Tensor {
  const [signs, code] = read(where, [input], target, options);
  return torch.hingeEmbeddingLoss(input, signs, expectNumber(`${where}: margin`, options.margin), code);
}

/** Hinge loss of distances: `x` where y is 1, `max(0, margin - x)` where it is -1 (`F.hinge_embedding_loss`). */
export function hingeEmbeddingLoss(
  input: Tensor,
  target: Tensor,
  ...rest: Trailing<[margin: number], MarginOptions>
): Tensor {
  const options = readTrailing('hingeEmbeddingLoss', ['margin'], rest, unitMargin);
  return hingeEmbedding('hingeEmbeddingLoss', input, target, options);
}

/** @internal The loss of options that were read. */
export function marginRanking(
  where: string,
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  options: Required<MarginOptions>,
): Tensor {
  const [signs, code] = read(where, [input1, input2], target, options, true);
  if (input1.ndim !== input2.ndim || input1.ndim !== target.ndim) {
    throw new ShapeError(
      `${where}: all inputs must have as many dimensions, got ` +
        `input1 [${input1.shape}], input2 [${input2.shape}] and target [${target.shape}]`,
    );
  }
  return torch.marginRankingLoss(input1, input2, signs, expectNumber(`${where}: margin`, options.margin), code);
}

/**
 * `max(0, -y·(x1 - x2) + margin)`, y being 1 where `input1` belongs above, -1 where it belongs below, and 0 for a tie, which
 * costs the margin and moves nothing (`F.margin_ranking_loss`).
 */
export function marginRankingLoss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  ...rest: Trailing<[margin: number], MarginOptions>
): Tensor {
  const options = readTrailing('marginRankingLoss', ['margin'], rest, zeroMargin);
  return marginRanking('marginRankingLoss', input1, input2, target, options);
}

/** Powers of two whose fourth power each dtype still holds. */
const largestNorms: Partial<Record<DType, number>> = {
  bfloat16: 2 ** 31,
  float32: 2 ** 31,
  float64: 2 ** 255,
};

/**
 * Embeddings `[…, D]`, those whose norm may be beyond the limit times a power of two, on which no cosine depends, that makes
 * it no more; the others as they are.
 */
function shortened(embeddings: Tensor, limit: number, validate: boolean): Tensor {
  const exponent = Math.log2(limit);
  // No norm is above the largest value times the root of the size.
  const root = Math.ceil(Math.log2(embeddings.shape.at(-1) ?? 1) / 2);
  if (!mayExceed(embeddings, 2 ** (exponent - root), validate)) return embeddings;
  const largest = vectorNorm(embeddings.detach().double(), Number.POSITIVE_INFINITY, [-1], true);
  const factors = largest
    .log2()
    .ceil()
    .neg()
    .add(exponent - root)
    .clamp({ max: 0 })
    .exp2();
  return embeddings.mul(factors.to(embeddings.dtype));
}

/** @internal The loss of options that were read. */
export function cosineEmbedding(
  where: string,
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  options: Required<MarginOptions>,
): Tensor {
  const [signs, code] = read(where, [input1, input2], target, options);
  const margin = expectNumber(`${where}: margin`, options.margin);
  // The kernel multiplies both squared norms, which is infinite for embeddings that are not, and their cosine NaN. float16 is
  // computed in float32: the product overflows from a norm of 16, and the 1e-12 against a division by 0 is 0 itself.
  const isHalf = input1.dtype === 'float16' && input2.dtype === 'float16';
  const [x1, x2] = [input1, input2].map((input) => {
    const wide = isHalf ? input.float() : input;
    const limit = largestNorms[wide.dtype];
    return limit === undefined ? wide : shortened(wide, limit, options.validate);
  }) as [Tensor, Tensor];
  const loss = torch.cosineEmbeddingLoss(x1, x2, signs, margin, code);
  return isHalf ? loss.to('float16') : loss;
}

/** `1 - cos(x1, x2)` where y is 1, `max(0, cos(x1, x2) - margin)` where it is -1 (`F.cosine_embedding_loss`). */
export function cosineEmbeddingLoss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  ...rest: Trailing<[margin: number], MarginOptions>
): Tensor {
  const options = readTrailing('cosineEmbeddingLoss', ['margin'], rest, zeroMargin);
  return cosineEmbedding('cosineEmbeddingLoss', input1, input2, target, options);
}
