/** Attention of several heads, with its projections. */

import type { DType } from '../../dtype.ts';
import { describeValue, ShapeError } from '../../errors.ts';
import { linear } from '../../generated/nn.ts';
import { zeros } from '../../generated/torch.ts';
import { Tensor } from '../../tensor.ts';
import { readTrailing, type Trailing } from '../arguments.ts';
import { attendFused, attendWithWeights, extend, type Masks, type Seen } from './attend.ts';
import { additiveMask } from './attention-mask.ts';
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
  const batched = expectInputs({ query, key, value });
  // Each apart, so that in a projection without batch dimension nothing is the same object any more, as in Python.
  const inputs = [query, key, value].map((each) => (batched ? each : each.unsqueeze(1))) as [Tensor, Tensor, Tensor];
  const masks = readMasks(options, query.dtype, batched);
  const [length, batch, size] = inputs[0].shape as [number, number, number];
  if (size !== embedDimToCheck) {
    throw new ShapeError(`${where}: query must have ${embedDimToCheck} features, got [${query.shape}]`);
  }
  const headSize = Math.floor(size / numHeads);
  if (headSize * numHeads !== size) {
    throw new RangeError(`${where}: numHeads must divide the embedding's size ${size}, got ${numHeads}`);
  }
  const heads = batch * numHeads;
  const [q, k, v] = project(inputs, inProjWeight, inProjBias, options);
  masks.attnMask = expectAttnMask(masks.attnMask, heads, length, inputs[1].shape[0] as number);
  const seen: Seen = { k, v, ...masks };
  if ((biasK === null) !== (biasV === null))
    throw new TypeError(`${where}: biasK and biasV must be given both or none`);
  if (biasK !== null && biasV !== null) {
    if (options.staticK !== null || options.staticV !== null) {
      throw new TypeError(`${where}: biasK and biasV cannot be added to staticK and staticV`);
    }
    extend(seen, biasK.repeat([1, batch, 1]), biasV.repeat([1, batch, 1]), 0);
  }
  const byHead = (tensor: Tensor) => tensor.view([tensor.shape[0] as number, heads, headSize]).transpose(0, 1);
  const fixed = (name: string, tensor: Tensor) => {
    expectShape(name, tensor, [heads, tensor.shape[1] ?? -1, headSize]);
    return tensor;
  };
  seen.k = options.staticK === null ? byHead(seen.k) : fixed('staticK', options.staticK);
  seen.v = options.staticV === null ? byHead(seen.v) : fixed('staticV', options.staticV);
  if (addZeroAttn) {
    const zero = ({ dtype, device }: Tensor) => zeros([heads, 1, headSize], { dtype, device });
    extend(seen, zero(seen.k), zero(seen.v), 1);
  }
  mergePadding(seen, batch, numHeads);
  const p = options.training ? dropoutP : 0;
  const [attended, weights] = options.needWeights
    ? attendWithWeights(byHead(q), seen, [batch, numHeads], p)
    : attendFused(byHead(q), seen, [batch, numHeads], p);
  const projected = linear(attended, outProjWeight, outProjBias);
  const output = projected.view([length, batch, projected.shape[1] as number]);
  const averaged = options.averageAttnWeights ? (weights?.mean(1) ?? null) : weights;
  return batched ? [output, averaged] : [output.squeeze(1), averaged?.squeeze(0) ?? null];
}

/** The masks as numbers that are added, and whether the hint still tells all of them. */
function readMasks(options: Required<MultiHeadAttentionOptions>, dtype: DType, batched: boolean): Masks {
  const { attnMask, keyPaddingMask: given, isCausal, needWeights } = options;
  expectRank('keyPaddingMask', given, [batched ? 2 : 1], batched);
  expectRank('attnMask', attnMask, [2, 3], batched);
  const padding = batched ? given : (given?.unsqueeze(0) ?? null);
  const keyPaddingMask = additiveMask(`${where}: keyPaddingMask`, padding, dtype, ['attnMask', attnMask]);
  if (isCausal && attnMask === null) {
    throw new TypeError(
      `${where}: isCausal is a hint about attnMask, which must be given; nn.Transformer.generateSquareSubsequentMask makes it`,
    );
  }
  if (isCausal && keyPaddingMask === null && !needWeights) return { attnMask: null, keyPaddingMask, isCausal };
  const additive = additiveMask(`${where}: attnMask`, attnMask, dtype);
  return { attnMask: additive, keyPaddingMask, isCausal: isCausal && keyPaddingMask === null };
}

/** Makes the mask of keys part of that of scores. */
function mergePadding(seen: Seen, batch: number, numHeads: number): void {
  const { attnMask, keyPaddingMask } = seen;
  if (keyPaddingMask === null) return;
  const keys = seen.k.shape[1] as number;
  expectShape('keyPaddingMask', keyPaddingMask, [batch, keys]);
  const byQuery = keyPaddingMask
    .view([batch, 1, 1, keys])
    .expand([-1, numHeads, -1, -1])
    .reshape([batch * numHeads, 1, keys]);
  seen.attnMask = attnMask === null ? byQuery : attnMask.add(byQuery);
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
