/** Attention as a module. */

import { mha } from '../backends.ts';
import type { DeviceLike } from '../device.ts';
import { type DType, isFloatingDType } from '../dtype.ts';
import { describeValue } from '../errors.ts';
import { empty } from '../generated/torch.ts';
import { Tensor } from '../tensor.ts';
import { expectCount, readTrailing, type Trailing } from './arguments.ts';
import { isNested, nativeMultiHeadAttention, runsNatively } from './fast-path.ts';
import { additiveMask } from './functional/attention-mask.ts';
import { expectProbability } from './functional/dropout.ts';
import { exchangeFirst, type Inputs } from './functional/in-projection.ts';
import { multiHeadAttentionForward } from './functional/multi-head-attention-forward.ts';
import { xavierNormal_, xavierUniform_, zeros_ } from './init.ts';
import { Module } from './module.ts';
import { NonDynamicallyQuantizableLinear } from './non-dynamically-quantizable-linear.ts';
import { Parameter } from './parameter.ts';

export interface MultiheadAttentionOptions {
  /** The probability of a weight of attention to be dropped in training mode; 0 by default. */
  dropout?: number;
  /** Whether projections have biases; true by default. */
  bias?: boolean;
  /** Whether a learned key and value stand behind the others. */
  addBiasKv?: boolean;
  /** Whether a key and a value of zeros stand behind the others. */
  addZeroAttn?: boolean;
  /** Features of the keys; those of the queries by default. */
  kdim?: number | null;
  /** Features of the values; those of the queries by default. */
  vdim?: number | null;
  /** Whether inputs and output are `[N, L, E]` rather than `[L, N, E]`; false by default. */
  batchFirst?: boolean;
  device?: DeviceLike;
  dtype?: DType;
}

type MultiheadAttentionArguments = Trailing<
  [
    dropout: number,
    bias: boolean,
    addBiasKv: boolean,
    addZeroAttn: boolean,
    kdim: number | null,
    vdim: number | null,
    batchFirst: boolean,
  ],
  MultiheadAttentionOptions
>;

const names = ['dropout', 'bias', 'addBiasKv', 'addZeroAttn', 'kdim', 'vdim', 'batchFirst'] as const;
const defaults: MultiheadAttentionOptions = {
  dropout: 0,
  bias: true,
  addBiasKv: false,
  addZeroAttn: false,
  kdim: null,
  vdim: null,
  batchFirst: false,
  device: undefined,
  dtype: undefined,
};

export interface AttendOptions {
  /** Keys that are not seen: `[N, S]`, true or -∞ where they are not. */
  keyPaddingMask?: Tensor | null;
  /** Whether the weights are returned, too; true by default. */
  needWeights?: boolean;
  /** What is not seen by each query: `[L, S]` or `[N·heads, L, S]`, true or -∞ where it is not. */
  attnMask?: Tensor | null;
  /** Whether the weights are averaged over the heads; true by default. */
  averageAttnWeights?: boolean;
  /** A hint that `attnMask` is causal. */
  isCausal?: boolean;
}

type AttendArguments = Trailing<
  [
    keyPaddingMask: Tensor | null,
    needWeights: boolean,
    attnMask: Tensor | null,
    averageAttnWeights: boolean,
    isCausal: boolean,
  ],
  AttendOptions
>;

const attendNames = ['keyPaddingMask', 'needWeights', 'attnMask', 'averageAttnWeights', 'isCausal'] as const;
const attendDefaults: Required<AttendOptions> = {
  keyPaddingMask: null,
  needWeights: true,
  attnMask: null,
  averageAttnWeights: true,
  isCausal: false,
};

function isFloatingMask(mask: Tensor | null): boolean {
  return mask instanceof Tensor && isFloatingDType(mask.dtype);
}

/**
 * Attention of several heads (Vaswani et al. 2017, `torch.nn.MultiheadAttention`). In evaluation mode, where no gradients
 * are needed, one operator computes self-attention, under PyTorch's conditions.
 *
 * @throws RangeError if `numHeads` does not divide `embedDim`.
 * @example
 * const attention = new nn.MultiheadAttention(64, 8, { batchFirst: true });
 * const [output, weights] = attention(x, x, x); // [N, L, 64], [N, L, L]
 */
export class MultiheadAttention extends Module {
  embedDim: number;
  kdim: number;
  vdim: number;
  numHeads: number;
  dropout: number;
  batchFirst: boolean;
  headDim: number;
  addZeroAttn: boolean;
  /** `[3·embedDim, embedDim]`: the projections of queries, keys and values, where these have the same features. */
  in_proj_weight: Parameter | null = null;
  q_proj_weight: Parameter | null = null;
  k_proj_weight: Parameter | null = null;
  v_proj_weight: Parameter | null = null;
  /** `[3·embedDim]`. */
  in_proj_bias: Parameter | null;
  out_proj: NonDynamicallyQuantizableLinear;
  /** `[1, 1, embedDim]`. */
  bias_k: Parameter | null;
  bias_v: Parameter | null;

  constructor(embedDim: number, numHeads: number, ...rest: MultiheadAttentionArguments) {
    super();
    const where = 'MultiheadAttention';
    const options = readTrailing(where, names, rest, defaults) as Required<MultiheadAttentionOptions>;
    const { dropout, bias, addBiasKv, addZeroAttn, kdim, vdim, batchFirst, ...factory } = options;
    this.embedDim = expectCount(`${where}: embedDim`, embedDim, 1);
    this.numHeads = expectCount(`${where}: numHeads`, numHeads, 1);
    this.kdim = expectCount(`${where}: kdim`, kdim ?? embedDim);
    this.vdim = expectCount(`${where}: vdim`, vdim ?? embedDim);
    this.dropout = expectProbability(where, dropout);
    this.batchFirst = batchFirst;
    this.headDim = embedDim / numHeads;
    if (!Number.isInteger(this.headDim)) {
      throw new RangeError(`${where}: embedDim must be divisible by numHeads, got ${embedDim} and ${numHeads}`);
    }
    const parameter = (...shape: number[]) => new Parameter(empty(shape, factory));
    if (this.kdim === embedDim && this.vdim === embedDim) this.in_proj_weight = parameter(3 * embedDim, embedDim);
    else {
      this.q_proj_weight = parameter(embedDim, embedDim);
      this.k_proj_weight = parameter(embedDim, this.kdim);
      this.v_proj_weight = parameter(embedDim, this.vdim);
    }
    this.in_proj_bias = bias ? parameter(3 * embedDim) : null;
    this.out_proj = new NonDynamicallyQuantizableLinear(embedDim, embedDim, { bias, ...factory });
    this.bias_k = addBiasKv ? parameter(1, 1, embedDim) : null;
    this.bias_v = addBiasKv ? parameter(1, 1, embedDim) : null;
    this.addZeroAttn = addZeroAttn;
    this.resetParameters();
  }

  /** Whether queries, keys and values have the same features, so that one weight projects them all. */
  get qkvSameEmbedDim(): boolean {
    return this.kdim === this.embedDim && this.vdim === this.embedDim;
  }

  /** Draws new initial values for all but the output's weight. */
  resetParameters(): void {
    const { in_proj_weight, q_proj_weight, k_proj_weight, v_proj_weight, in_proj_bias, bias_k, bias_v } = this;
    for (const weight of [in_proj_weight, q_proj_weight, k_proj_weight, v_proj_weight]) {
      if (weight !== null) xavierUniform_(weight);
    }
    if (in_proj_bias !== null) {
      zeros_(in_proj_bias);
      zeros_(this.out_proj.bias as Parameter);
    }
    if (bias_k !== null) xavierNormal_(bias_k);
    if (bias_v !== null) xavierNormal_(bias_v);
  }

  /**
   * Queries `[L, N, embedDim]`, keys `[S, N, kdim]` and values `[S, N, vdim]`, with N in front where `batchFirst`, or without
   * N, to the output, of the queries' shape, and the weights `[N, L, S]`, `[N, heads, L, S]` where they are not averaged,
   * null where they are not needed.
   */
  forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    ...rest: AttendArguments
  ): [output: Tensor, weights: Tensor | null] {
    const where = 'MultiheadAttention';
    const options = readTrailing(where, attendNames, rest, attendDefaults);
    for (const [name, tensor] of Object.entries({ query, key, value })) {
      if (!((tensor as unknown) instanceof Tensor)) {
        throw new TypeError(`${where}: ${name} must be a Tensor, got ${describeValue(tensor)}`);
      }
    }
    const nested = [query, key, value].some(isNested);
    const dtype = nested ? (this.out_proj.weight as Tensor).dtype : query.dtype;
    const hasFloatingMask = isFloatingMask(options.attnMask) || isFloatingMask(options.keyPaddingMask);
    const masks = {
      keyPaddingMask: additiveMask(`${where}: keyPaddingMask`, options.keyPaddingMask, dtype, [
        'attnMask',
        options.attnMask,
      ]),
      attnMask: additiveMask(`${where}: attnMask`, options.attnMask, dtype),
    };
    if (!hasFloatingMask && this.canTakeFastPath([query, key, value], nested, masks)) {
      const [mask, maskType] = this.mergeMasks(masks.attnMask, masks.keyPaddingMask, query);
      return nativeMultiHeadAttention(
        query,
        key,
        value,
        this.embedDim,
        this.numHeads,
        this.in_proj_weight,
        this.in_proj_bias,
        this.out_proj.weight,
        this.out_proj.bias,
        mask,
        options.needWeights,
        options.averageAttnWeights,
        maskType,
      );
    }
    if (nested) {
      throw new TypeError(
        `${where}: nested tensors are taken in evaluation mode only, without gradients, for self-attention and with batchFirst`,
      );
    }
    const turned = this.batchFirst && query.ndim === 3;
    const [output, weights] = this.attend(turned ? exchangeFirst([query, key, value]) : [query, key, value], {
      ...options,
      ...masks,
    });
    return [turned ? output.transpose(1, 0) : output, weights];
  }

  /**
   * One mask of both, and its kind: 1 for keys, 2 for scores, null where there is none
   * (`MultiheadAttention.merge_masks`).
   */
  mergeMasks(
    attnMask: Tensor | null,
    keyPaddingMask: Tensor | null,
    query: Tensor,
  ): [mask: Tensor | null, maskType: 1 | 2 | null] {
    if (attnMask === null) return [keyPaddingMask, keyPaddingMask === null ? null : 1];
    const [batch, length] = query.shape as [number, number];
    const scores =
      attnMask.ndim === 3
        ? attnMask.view([batch, -1, length, length])
        : attnMask.view([1, 1, length, length]).expand([batch, this.numHeads, -1, -1]);
    if (keyPaddingMask === null) return [scores, 2];
    return [scores.add(keyPaddingMask.view([batch, 1, 1, length]).expand([-1, this.numHeads, -1, -1])), 2];
  }

  private attend(inputs: Inputs, options: Required<AttendOptions>): [output: Tensor, weights: Tensor | null] {
    return multiHeadAttentionForward(
      ...inputs,
      this.embedDim,
      this.numHeads,
      this.in_proj_weight,
      this.in_proj_bias,
      this.bias_k,
      this.bias_v,
      this.addZeroAttn,
      this.dropout,
      this.out_proj.weight,
      this.out_proj.bias,
      {
        ...options,
        training: this.training,
        useSeparateProjWeight: !this.qkvSameEmbedDim,
        qProjWeight: this.q_proj_weight,
        kProjWeight: this.k_proj_weight,
        vProjWeight: this.v_proj_weight,
      },
    );
  }

  private canTakeFastPath(
    [query, key, value]: Inputs,
    nested: boolean,
    masks: Readonly<Record<'keyPaddingMask' | 'attnMask', Tensor | null>>,
  ): boolean {
    const { in_proj_weight: weight, in_proj_bias: bias, out_proj } = this;
    if (!mha.getFastpathEnabled() || this.training || !this.batchFirst) return false;
    if (query !== key || key !== value || weight === null || bias === null) return false;
    if (nested ? masks.keyPaddingMask !== null || masks.attnMask !== null : query.ndim !== 3) return false;
    if (!nested && (query.dtype !== bias.dtype || query.dtype !== weight.dtype)) return false;
    if (this.numHeads % 2 !== 0 || this.bias_k !== null || this.bias_v !== null || this.addZeroAttn) return false;
    return runsNatively([query, weight, bias, out_proj.weight, out_proj.bias]);
  }
}
