/** Contrastive margin loss of pairs. */

import { ShapeError } from '../../errors.ts';
import { vectorNorm } from '../../generated/linalg.ts';
import { clamp, where as select, sub } from '../../generated/torch.ts';
import type { Tensor } from '../../tensor.ts';
import { expectNumber, readTrailing, type Trailing } from '../arguments.ts';
import { type BinaryLabels, zeroOnesOf } from './binary-labels.ts';
import { expectScores, expectShape, type ValidateOption } from './labels.ts';
import { type ReductionOption, reduce } from './reduction.ts';

export interface ContrastiveMarginLossOptions extends ReductionOption, ValidateOption {
  /** The distance beyond which dissimilar pairs are left alone; 1 by default. */
  margin?: number;
  /** `'01'` by default; with `'pm1'` -1 is dissimilar. */
  labels?: BinaryLabels;
}

/** @internal */
export const contrastiveMarginDefaults: Required<ContrastiveMarginLossOptions> = {
  margin: 1,
  labels: '01',
  reduction: 'mean',
  validate: true,
};

/** @internal The loss of options that were read. */
export function contrastiveMargin(
  where: string,
  z1: Tensor,
  z2: Tensor,
  y: Tensor,
  { margin, labels, reduction, validate }: Required<ContrastiveMarginLossOptions>,
): Tensor {
  const shape = expectScores(where, 'z1', z1);
  if (shape.length !== 2) throw new ShapeError(`${where}: z1 must be [N, D], got [${shape.join(', ')}]`);
  expectScores(where, 'z2', z2);
  expectShape(where, 'z2', z2, shape, 'z1');
  const dtype = expectShape(where, 'y', y, shape.slice(0, 1), 'z1');
  const meaning = '1 (similar) or 0 (dissimilar)';
  const similarity = zeroOnesOf(where, y, dtype, { labels, validate }, meaning, z1.dtype);
  const d = vectorNorm(z1.sub(z2), 2, 1);
  // Those that are not similar are left out before the square: infinity times 0 would be NaN.
  const similar = similarity.mul(select(similarity.ne(0), d, 0).pow(2));
  const dissimilar = sub(1, similarity).mul(clamp(sub(expectNumber(`${where}: margin`, margin), d), { min: 0 }).pow(2));
  return reduce(where, similar.add(dissimilar), reduction);
}

/**
 * Contrastive loss of pairs of embeddings: `y·d² + (1 - y)·max(0, m - d)²` with `d = ‖z1 - z2‖₂` (Hadsell, Chopra and LeCun
 * 2006, whose labels are the other way round).
 *
 * @param z1 embeddings `[N, D]`.
 * @param z2 their partners `[N, D]`.
 * @param y `[N]`: 1 for similar, 0 for dissimilar.
 * @returns a tensor without dimensions; with `reduction: 'none'` one value per pair, `[N]`.
 * @throws ShapeError if shapes do not fit, RangeError if a label is neither 0 nor 1.
 */
export function contrastiveMarginLoss(
  z1: Tensor,
  z2: Tensor,
  y: Tensor,
  ...rest: Trailing<[margin: number], ContrastiveMarginLossOptions>
): Tensor {
  const options = readTrailing('contrastiveMarginLoss', ['margin'], rest, contrastiveMarginDefaults);
  return contrastiveMargin('contrastiveMarginLoss', z1, z2, y, options);
}
