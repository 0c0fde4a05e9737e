/** The heart of attention: queries `[N·heads, L, E / heads]` meet keys and values `[N·heads, S, E / heads]`. */

import { pad, scaledDotProductAttention } from '../../generated/nn.ts';
import { baddbmm, bmm, cat } from '../../generated/torch.ts';
import type { Tensor } from '../../tensor.ts';
import { dropout } from './dropout.ts';

/** What hides keys. */
export interface Masks {
  attnMask: Tensor | null;
  keyPaddingMask: Tensor | null;
  isCausal: boolean;
}

/** Keys and values, and what hides some of them. */
export interface Seen extends Masks {
  k: Tensor;
  v: Tensor;
}

/** Adds a key and a value, which no mask hides. */
export function extend(seen: Seen, key: Tensor, value: Tensor, dim: number): void {
  seen.k = cat([seen.k, key], dim);
  seen.v = cat([seen.v, value], dim);
  if (seen.attnMask !== null) seen.attnMask = pad(seen.attnMask, [0, 1]);
  if (seen.keyPaddingMask !== null) seen.keyPaddingMask = pad(seen.keyPaddingMask, [0, 1]);
}

type Sizes = readonly [batch: number, numHeads: number];

/** Attended values `[L·N, E]`, and the weights `[N, heads, L, S]`. */
export function attendWithWeights(
  q: Tensor,
  { k, v, attnMask }: Seen,
  [batch, numHeads]: Sizes,
  p: number,
): [Tensor, Tensor] {
  const [, length, headSize] = q.shape as [number, number, number];
  const scaled = q.mul(Math.sqrt(1 / headSize));
  const scores = attnMask === null ? bmm(scaled, k.transpose(-2, -1)) : baddbmm(attnMask, scaled, k.transpose(-2, -1));
  const shares = scores.softmax(-1);
  const kept = p > 0 ? dropout(shares, p) : shares;
  const attended = bmm(kept, v)
    .transpose(0, 1)
    .reshape([length * batch, numHeads * headSize]);
  return [attended, kept.view([batch, numHeads, length, k.shape[1] as number])];
}

/** Attended values `[L·N, E]` by one kernel, which tells no weights. */
export function attendFused(
  q: Tensor,
  { k, v, attnMask, isCausal }: Seen,
  [batch, numHeads]: Sizes,
  p: number,
): [Tensor, null] {
  const [, length, headSize] = q.shape as [number, number, number];
  const keys = k.shape[1] as number;
  const mask = attnMask?.shape[0] === 1 ? attnMask.unsqueeze(0) : (attnMask?.view([batch, numHeads, -1, keys]) ?? null);
  const attended = scaledDotProductAttention(
    q.view([batch, numHeads, length, headSize]),
    k.view([batch, numHeads, keys, headSize]),
    v.view([batch, numHeads, keys, headSize]),
    mask,
    p,
    isCausal,
  );
  return [attended.permute([2, 0, 1, 3]).reshape([batch * length, numHeads * headSize]), null];
}
