/** Attention of several heads, with its projections. */

import { describeValue, ShapeError } from '../../errors.ts';
import { linear, pad, scaledDotProductAttention } from '../../generated/nn.ts';
import { baddbmm, bmm, cat, zeros } from '../../generated/torch.ts';
import { Tensor } from '../../tensor.ts';
import { readTrailing, type Trailing } from '../arguments.ts';
import { additiveMask } from './attention-mask.ts';
import { dropout } from './dropout.ts';
import { projectApart, projectPacked } from './in-projection.ts';

const where = 'multiHeadAttentionForward';

export interface MultiHeadAttentionOptions {
  /** Whether anything is dropped; true by default. */
  training?: boolean;
  /** Keys that are not seen: `[N, S]`, boolean or added to the scores. */
  keyPaddingMask?: Tensor | null;
  /** Whether the weights are returned, too; true by default. Without, a faster kernel computes. */
  needWeights?: boolean;
  /** What is not seen by each query: `[L, S]` or `[N·heads, L, S]`, boolean or added to the scores. */
  attnMask?: Tensor | null;
  /** Whether the three weights are given apart. */
  useSeparateProjWeight?: boolean;
  qProjWeight?: Tensor | null;
  kProjWeight?: Tensor | null;
  vProjWeight?: Tensor | null;
  /** Keys and values `[N·heads, S, E / heads]` that take the place of the projected ones. */
  staticK?: Tensor | null;
  staticV?: Tensor | null;
  /** Whether the weights are averaged over the heads; true by default. */
  averageAttnWeights?: boolean;
  /** A hint that `attnMask` is causal, which allows for a faster kernel. */
  isCausal?: boolean;
}

const names = [
  'training',
  'keyPaddingMask',
  'needWeights',
  'attnMask',
  'useSeparateProjWeight',
  'qProjWeight',
  'kProjWeight',
  'vProjWeight',
  'staticK',
  'staticV',
  'averageAttnWeights',
  'isCausal',
] as const;

const defaults: Required<MultiHeadAttentionOptions> = {
  training: true,
  keyPaddingMask: null,
  needWeights: true,
  attnMask: null,
  useSeparateProjWeight: false,
  qProjWeight: null,
  kProjWeight: null,
  vProjWeight: null,
  staticK: null,
  staticV: null,
  averageAttnWeights: true,
  isCausal: false,
};

type MultiHeadAttentionArguments = Trailing<
  [
    training: boolean,
    keyPaddingMask: Tensor | null,
    needWeights: boolean,
    attnMask: Tensor | null,
    useSeparateProjWeight: boolean,
    qProjWeight: Tensor | null,
    kProjWeight: Tensor | null,
    vProjWeight: Tensor | null,
    staticK: Tensor | null,
    staticV: Tensor | null,
    averageAttnWeights: boolean,
    isCausal: boolean,
  ],
  MultiHeadAttentionOptions
>;

function expectRank(name: string, tensor: Tensor | null, ranks: readonly number[], batched: boolean): void {
  if (tensor === null) return;
  if (ranks.includes(tensor.ndim)) return;
  const query = batched ? 'a query of 3 dimensions, [L, N, E]' : 'a query of 2 dimensions, [L, E]';
  throw new ShapeError(
    `${where}: ${name} must have ${ranks.join(' or ')} dimensions for ${query}, got [${tensor.shape}]`,
  );
}

function expectShape(name: string, tensor: Tensor, expected: readonly number[]): void {
  if (String(tensor.shape) === String(expected)) return;
  throw new ShapeError(`${where}: ${name} must be [${expected}], got [${tensor.shape}]`);
}

/** Whether there is a batch dimension. */
function expectInputs(inputs: Readonly<Record<'query' | 'key' | 'value', Tensor>>): boolean {
  for (const [name, tensor] of Object.entries(inputs)) {
    if (!((tensor as unknown) instanceof Tensor)) {
      throw new TypeError(`${where}: ${name} must be a Tensor, got ${describeValue(tensor)}`);
    }
  }
  const { query, key, value } = inputs;
  const rank = query.ndim;
  if (rank !== 2 && rank !== 3) {
    throw new ShapeError(`${where}: query must be [L, E] or [L, N, E], got [${query.shape}]`);
  }
  const batched = rank === 3;
  expectRank('key', key, [rank], batched);
  expectRank('value', value, [rank], batched);
  return batched;
}

/** The mask as `[1, L, S]` or `[N·heads, L, S]`. */
function expectAttnMask(mask: Tensor | null, heads: number, length: number, keys: number): Tensor | null {
  if (mask === null) return null;
  if (mask.ndim === 3) {
    expectShape('attnMask', mask, [heads, length, keys]);
    return mask;
  }
  expectShape('attnMask', mask, [length, keys]);
  return mask.unsqueeze(0);
}

/**
 * Attention of `numHeads` heads on projected queries `[L, N, E]`, keys and values `[S, N, E]`, and its output's projection
 * (`F.multi_head_attention_forward`); `MultiheadAttention` is the module. N may be left out everywhere.
 *
 * @param embedDimToCheck the size that queries must have.
 * @returns the output `[L, N, E]`, and the weights, `[N, L, S]` where they are averaged and `[N, heads, L, S]` where not;
 *   null where they are not needed.
 * @throws ShapeError where shapes do not fit, DTypeError for masks that are neither boolean nor floating.
 */
export function multiHeadAttentionForward(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  embedDimToCheck: number,
  numHeads: number,
  inProjWeight: Tensor | null,
  inProjBias: Tensor | null,
  biasK: Tensor | null,
  biasV: Tensor | null,
  addZeroAttn: boolean,
  dropoutP: number,
  outProjWeight: Tensor,
  outProjBias: Tensor | null,
  ...rest: MultiHeadAttentionArguments
): [output: Tensor, weights: Tensor | null] {
  const options = readTrailing(where, names, rest, defaults);
  const { staticK, staticV, needWeights } = options;
  const batched = expectInputs({ query, key, value });
  expectRank('keyPaddingMask', options.keyPaddingMask, [batched ? 2 : 1], batched);
  expectRank('attnMask', options.attnMask, [2, 3], batched);
  // Each apart, so that in a projection without batch dimension nothing is the same object any more, as in Python.
  const inputs = [query, key, value].map((each) => (batched ? each : each.unsqueeze(1))) as [Tensor, Tensor, Tensor];
  const padding = batched ? options.keyPaddingMask : (options.keyPaddingMask?.unsqueeze(0) ?? null);
  const [length, batch, size] = inputs[0].shape as [number, number, number];
  const heads = batch * numHeads;
  const { dtype } = query;
  let keyPaddingMask = additiveMask(`${where}: keyPaddingMask`, padding, dtype, ['attnMask', options.attnMask]);
  let { isCausal, attnMask } = options;
  if (isCausal && attnMask === null) {
    throw new TypeError(
      `${where}: isCausal is a hint about attnMask, which must be given; nn.Transformer.generateSquareSubsequentMask makes it`,
    );
  }
  if (isCausal && keyPaddingMask === null && !needWeights) attnMask = null;
  else {
    attnMask = additiveMask(`${where}: attnMask`, attnMask, dtype);
    if (keyPaddingMask !== null) isCausal = false;
  }
  if (size !== embedDimToCheck) {
    throw new ShapeError(`${where}: query must have ${embedDimToCheck} features, got [${query.shape}]`);
  }
  const headSize = Math.floor(size / numHeads);
  if (headSize * numHeads !== size) {
    throw new RangeError(`${where}: numHeads must divide the embedding's size ${size}, got ${numHeads}`);
  }
  let [q, k, v] = project(inputs, inProjWeight, inProjBias, options);
  attnMask = expectAttnMask(attnMask, heads, length, inputs[1].shape[0] as number);

  /** A key and a value more, which masks hide nothing of. */
  const extend = (moreKeys: Tensor, moreValues: Tensor, dim: number) => {
    k = cat([k, moreKeys], dim);
    v = cat([v, moreValues], dim);
    if (attnMask !== null) attnMask = pad(attnMask, [0, 1]);
    if (keyPaddingMask !== null) keyPaddingMask = pad(keyPaddingMask, [0, 1]);
  };
  if ((biasK === null) !== (biasV === null))
    throw new TypeError(`${where}: biasK and biasV must be given both or none`);
  if (biasK !== null && biasV !== null) {
    if (staticK !== null || staticV !== null) {
      throw new TypeError(`${where}: biasK and biasV cannot be added to staticK and staticV`);
    }
    extend(biasK.repeat([1, batch, 1]), biasV.repeat([1, batch, 1]), 0);
  }
  const byHead = (tensor: Tensor) => tensor.view([tensor.shape[0] as number, heads, headSize]).transpose(0, 1);
  const fixed = (name: string, tensor: Tensor) => {
    expectShape(name, tensor, [heads, tensor.shape[1] ?? -1, headSize]);
    return tensor;
  };
  q = q.view([length, heads, headSize]).transpose(0, 1);
  k = staticK === null ? byHead(k) : fixed('staticK', staticK);
  v = staticV === null ? byHead(v) : fixed('staticV', staticV);
  if (addZeroAttn) {
    const zero = (like: Tensor) => zeros([heads, 1, headSize], { dtype: like.dtype, device: like.device });
    extend(zero(k), zero(v), 1);
  }
  const keys = k.shape[1] as number;
  if (keyPaddingMask !== null) {
    expectShape('keyPaddingMask', keyPaddingMask, [batch, keys]);
    const byQuery = keyPaddingMask.view([batch, 1, 1, keys]).expand([-1, numHeads, -1, -1]).reshape([heads, 1, keys]);
    attnMask = attnMask === null ? byQuery : attnMask.add(byQuery);
  }
  const p = options.training ? dropoutP : 0;
  const outProject = (attended: Tensor) => {
    const projected = linear(attended, outProjWeight, outProjBias);
    const output = projected.view([length, batch, projected.shape[1] as number]);
    return batched ? output : output.squeeze(1);
  };
  if (!needWeights) {
    const mask = attnMask === null || attnMask.shape[0] !== 1 ? attnMask : attnMask.unsqueeze(0);
    const attended = scaledDotProductAttention(
      q.view([batch, numHeads, length, headSize]),
      k.view([batch, numHeads, keys, headSize]),
      v.view([batch, numHeads, keys, headSize]),
      mask === null || mask.ndim === 4 ? mask : mask.view([batch, numHeads, -1, keys]),
      p,
      isCausal,
    );
    return [outProject(attended.permute([2, 0, 1, 3]).reshape([batch * length, size])), null];
  }
  const scaled = q.mul(Math.sqrt(1 / headSize));
  const scores = attnMask === null ? bmm(scaled, k.transpose(-2, -1)) : baddbmm(attnMask, scaled, k.transpose(-2, -1));
  const shares = scores.softmax(-1);
  const kept = p > 0 ? dropout(shares, p) : shares;
  const output = outProject(
    bmm(kept, v)
      .transpose(0, 1)
      .reshape([length * batch, size]),
  );
  const byHeads = kept.view([batch, numHeads, length, keys]);
  const weights = options.averageAttnWeights ? byHeads.mean(1) : byHeads;
  return [output, batched ? weights : weights.squeeze(0)];
}

function project(
  inputs: [Tensor, Tensor, Tensor],
  weight: Tensor | null,
  bias: Tensor | null,
  options: Required<MultiHeadAttentionOptions>,
): [Tensor, Tensor, Tensor] {
  const [, key, value] = inputs;
  const { useSeparateProjWeight, qProjWeight, kProjWeight, vProjWeight } = options;
  const relevant = useSeparateProjWeight ? 2 : 3;
  if (String(key.shape.slice(0, relevant)) !== String(value.shape.slice(0, relevant))) {
    throw new ShapeError(`${where}: key and value must fit together, got [${key.shape}] and [${value.shape}]`);
  }
  if (!useSeparateProjWeight) {
    if (weight === null) throw new TypeError(`${where}: inProjWeight must be a Tensor, got null`);
    return projectPacked(inputs, weight, bias);
  }
  if (qProjWeight === null || kProjWeight === null || vProjWeight === null) {
    throw new TypeError(`${where}: with useSeparateProjWeight qProjWeight, kProjWeight and vProjWeight must be given`);
  }
  return projectApart(where, inputs, [qProjWeight, kProjWeight, vProjWeight], bias);
}
