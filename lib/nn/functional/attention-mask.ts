/** Masks of attention: booleans, which are true where nothing is to be seen, or numbers that are added to the scores. */

import { full, type TensorOptions } from '../../creation.ts';
import { type DType, isFloatingDType } from '../../dtype.ts';
import { DTypeError, describeValue } from '../../errors.ts';
import { zerosLike } from '../../generated/torch.ts';
import { scope } from '../../scope.ts';
import { Tensor } from '../../tensor.ts';

/**
 * A mask as numbers of `dtype` that are added, with -∞ where a boolean one is true.
 *
 * @param name how messages call it, such as `MultiheadAttention: attnMask`.
 * @param beside a mask that should have the same dtype, and how messages call it.
 * @throws DTypeError for a mask that is neither boolean nor floating.
 */
export function additiveMask(
  name: string,
  mask: Tensor | null | undefined,
  dtype: DType,
  beside?: readonly [name: string, mask: Tensor | null | undefined],
): Tensor | null {
  if (mask == null) return null;
  if (!((mask as unknown) instanceof Tensor)) {
    throw new TypeError(`${name} must be a Tensor or null, got ${describeValue(mask)}`);
  }
  const given = mask.dtype;
  if (given !== 'bool' && !isFloatingDType(given)) {
    throw new DTypeError(`${name} must be bool or floating, got ${given}`);
  }
  const other = beside?.[1];
  if (other != null && other.dtype !== given) {
    process.emitWarning(`${name} is ${given} and ${beside?.[0]} is ${other.dtype}; give both the same dtype`);
  }
  return given === 'bool' ? zerosLike(mask, { dtype }).maskedFill_(mask, -Infinity) : mask;
}

/** -∞ above the diagonal, `[size, size]`: what comes later is not seen (`Transformer.generate_square_subsequent_mask`). */
export function squareSubsequentMask(size: number, options: TensorOptions = {}): Tensor {
  return full([size, size], -Infinity, options).triu(1);
}

/**
 * Whether a mask is causal: as the hint says, or where there is none as the mask itself shows.
 * @param size of the sequence, null where it is not known.
 */
export function isCausalMask(mask: Tensor | null, hint: boolean | null, size: number | null): boolean {
  if (hint !== null || mask === null) return hint === true;
  return scope(() => {
    const causal = squareSubsequentMask(size ?? mask.size(-2), { device: mask.device, dtype: mask.dtype });
    return String(mask.shape) === String(causal.shape) && mask.eq(causal).all().item() === true;
  });
}
