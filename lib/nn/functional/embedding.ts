/** Rows of a table by their numbers. */

import { noGrad } from '../../autograd/modes.ts';
import { describeValue, ShapeError } from '../../errors.ts';
import {
  arange,
  embeddingBag as embeddingBagOperator,
  embedding as embeddingOperator,
  embeddingRenorm_,
} from '../../generated/torch.ts';
import type { Tensor } from '../../tensor.ts';
import { readTrailing, type Trailing } from '../arguments.ts';

export type EmbeddingBagMode = 'sum' | 'mean' | 'max';

const modes: readonly EmbeddingBagMode[] = ['sum', 'mean', 'max'];

export interface EmbeddingFunctionOptions {
  /** The row that gets no gradient; negative ones count from the end. */
  paddingIdx?: number | null;
  /** Rows that are used are first scaled down to this norm, in place. */
  maxNorm?: number | null;
  /** The p of that norm; 2 by default. */
  normType?: number;
  /** Divides gradients by how often a row occurs in the batch. */
  scaleGradByFreq?: boolean;
  /** Makes the weight's gradient a sparse tensor. */
  sparse?: boolean;
}

export interface EmbeddingBagFunctionOptions extends EmbeddingFunctionOptions {
  /** Where each bag begins in an input of one dimension, int64 `[B]`. */
  offsets?: Tensor | null;
  /** How rows of a bag are put together; `'mean'` by default. */
  mode?: EmbeddingBagMode;
  /** Weights of the rows, of the input's shape; for `'sum'` only. */
  perSampleWeights?: Tensor | null;
  /** Whether offsets end with the end of the last bag. */
  includeLastOffset?: boolean;
}

/** The number of the padding row from the beginning. @throws RangeError where there is no such row. */
export function paddingRow(where: string, paddingIdx: number, rows: number): number {
  if (!Number.isSafeInteger(paddingIdx)) {
    throw new TypeError(`${where}: paddingIdx must be an integer, got ${describeValue(paddingIdx)}`);
  }
  if (paddingIdx >= rows || paddingIdx < -rows) {
    throw new RangeError(`${where}: paddingIdx must be within the ${rows} embeddings, got ${paddingIdx}`);
  }
  return paddingIdx < 0 ? rows + paddingIdx : paddingIdx;
}

function shrink(weight: Tensor, input: Tensor, maxNorm: number, normType: number): void {
  noGrad(() => embeddingRenorm_(weight.detach(), input, maxNorm, normType));
}

/**
 * The rows of `weight` `[R, D]` that int64 or int32 `input` `[…]` names: `[…, D]` (`torch.nn.functional.embedding`).
 */
export function embedding(
  input: Tensor,
  weight: Tensor,
  ...rest: Trailing<
    [paddingIdx: number | null, maxNorm: number | null, normType: number, scaleGradByFreq: boolean, sparse: boolean],
    EmbeddingFunctionOptions
  >
): Tensor {
  const { paddingIdx, maxNorm, normType, scaleGradByFreq, sparse } = readTrailing(
    'embedding',
    ['paddingIdx', 'maxNorm', 'normType', 'scaleGradByFreq', 'sparse'],
    rest,
    {
      paddingIdx: null,
      maxNorm: null,
      normType: 2,
      scaleGradByFreq: false,
      sparse: false,
    } as Required<EmbeddingFunctionOptions>,
  );
  const padding = paddingIdx === null ? -1 : paddingRow('embedding', paddingIdx, weight.shape[0] as number);
  let rows = input;
  if (maxNorm !== null) {
    rows = input.contiguous();
    shrink(weight, rows, maxNorm, normType);
  }
  return embeddingOperator(weight, rows, padding, scaleGradByFreq, sparse);
}

/** Bags as one list of rows with the places where they begin. */
function bagsOf(
  input: Tensor,
  offsets: Tensor | null,
  perSampleWeights: Tensor | null,
  includeLastOffset: boolean,
): { rows: Tensor; starts: Tensor; weights: Tensor | null; withLast: boolean } {
  const shape = input.shape;
  if (shape.length === 2) {
    if (offsets !== null) throw new TypeError('embeddingBag: offsets must be null for an input of two dimensions');
    const starts = arange(0, input.numel(), shape[1] as number, { dtype: input.dtype, device: input.device });
    const weights = perSampleWeights?.reshape([-1]) ?? null;
    return { rows: input.reshape([-1]), starts, weights, withLast: false };
  }
  if (shape.length !== 1) {
    throw new ShapeError(`embeddingBag: input must have 1 or 2 dimensions, got [${shape.join(', ')}]`);
  }
  if (offsets === null) throw new TypeError('embeddingBag: offsets must be a Tensor for an input of one dimension');
  if (offsets.ndim !== 1) throw new ShapeError(`embeddingBag: offsets must be [B], got [${offsets.shape.join(', ')}]`);
  return { rows: input, starts: offsets, weights: perSampleWeights, withLast: includeLastOffset };
}

/**
 * Sums, means or maxima of bags of rows of `weight` `[R, D]`: `[B, D]` (`torch.nn.functional.embedding_bag`).
 *
 * @param input int64 `[B, N]`, bags of one size, or `[N]` with `offsets`.
 */
export function embeddingBag(
  input: Tensor,
  weight: Tensor,
  ...rest: Trailing<
    [
      offsets: Tensor | null,
      maxNorm: number | null,
      normType: number,
      scaleGradByFreq: boolean,
      mode: EmbeddingBagMode,
      sparse: boolean,
      perSampleWeights: Tensor | null,
      includeLastOffset: boolean,
      paddingIdx: number | null,
    ],
    EmbeddingBagFunctionOptions
  >
): Tensor {
  const options = readTrailing(
    'embeddingBag',
    [
      'offsets',
      'maxNorm',
      'normType',
      'scaleGradByFreq',
      'mode',
      'sparse',
      'perSampleWeights',
      'includeLastOffset',
      'paddingIdx',
    ],
    rest,
    {
      offsets: null,
      maxNorm: null,
      normType: 2,
      scaleGradByFreq: false,
      mode: 'mean',
      sparse: false,
      perSampleWeights: null,
      includeLastOffset: false,
      paddingIdx: null,
    } as Required<EmbeddingBagFunctionOptions>,
  );
  const { offsets, maxNorm, normType, scaleGradByFreq, mode, sparse, perSampleWeights, paddingIdx } = options;
  if (perSampleWeights !== null && String(perSampleWeights.shape) !== String(input.shape)) {
    throw new ShapeError(
      `embeddingBag: perSampleWeights must be [${input.shape.join(', ')}] like input, got [${perSampleWeights.shape.join(', ')}]`,
    );
  }
  if (weight.ndim !== 2) throw new ShapeError(`embeddingBag: weight must be [R, D], got [${weight.shape.join(', ')}]`);
  if (!modes.includes(mode)) {
    throw new RangeError(`embeddingBag: mode must be one of ${modes.join(', ')}, got ${describeValue(mode)}`);
  }
  if (mode === 'max' && (scaleGradByFreq || sparse)) {
    throw new RangeError("embeddingBag: mode 'max' has neither scaleGradByFreq nor sparse");
  }
  const { rows, starts, weights, withLast } = bagsOf(input, offsets, perSampleWeights, options.includeLastOffset);
  if (maxNorm !== null) shrink(weight, rows, maxNorm, normType);
  if (weights !== null && mode !== 'sum') {
    throw new RangeError(`embeddingBag: perSampleWeights are for mode 'sum' only, got '${mode}'`);
  }
  const code = modes.indexOf(mode);
  const results = embeddingBagOperator(
    weight,
    rows,
    starts,
    scaleGradByFreq,
    code,
    sparse,
    weights,
    withLast,
    paddingIdx,
  );
  return results[0];
}
