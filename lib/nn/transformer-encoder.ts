/** A transformer's encoder. */

import { mha } from '../backends.ts';
import type { Tensor } from '../tensor.ts';
import { expectCount, readTrailing, type Trailing } from './arguments.ts';
import { deepcopy } from './deepcopy.ts';
import { isNested, nestedFromMask, nestedFromMaskLeftAligned, paddedFromNested, runsNatively } from './fast-path.ts';
import { additiveMask, isCausalMask } from './functional/attention-mask.ts';
import { type Layer, Module } from './module.ts';
import { ModuleList } from './module-list.ts';
import { type EncodeLayerOptions, TransformerEncoderLayer } from './transformer-encoder-layer.ts';
import { isBatchFirst } from './transformer-layer.ts';

/** What an encoder is made of: a `TransformerEncoderLayer`, or a module that is called as one. */
export interface EncoderLayer extends Module {
  forward(src: Tensor, options: EncodeLayerOptions): Tensor;
}

export interface TransformerEncoderOptions {
  /** Normalises the last layer's output. */
  norm?: Layer | null;
  /** Whether padding is left out of computations in evaluation mode; true by default. */
  enableNestedTensor?: boolean;
  /** Whether padding that is not all at the end is computed with; true by default. */
  maskCheck?: boolean;
}

export interface EncodeOptions {
  /** What each position does not see: `[L, L]` or `[N·heads, L, L]`, true or -∞ where it does not. */
  mask?: Tensor | null;
  /** What no position sees: `[N, L]`. */
  srcKeyPaddingMask?: Tensor | null;
  /** A hint that `mask` is causal; where it is null, the encoder finds out. */
  isCausal?: boolean | null;
}

const defaults: Required<EncodeOptions> = { mask: null, srcKeyPaddingMask: null, isCausal: null };

/** What keeps padding from being left out, for good; undefined where nothing does. */
function whyNotNested(layer: Module): string | undefined {
  if (!(layer instanceof TransformerEncoderLayer)) return 'the layer is no TransformerEncoderLayer';
  const { self_attn: attention } = layer;
  if (layer.normFirst) return 'normFirst is true';
  if (!attention.batchFirst) return 'batchFirst is false, with which inference is faster';
  if (!attention.qkvSameEmbedDim) return 'queries, keys and values have different features';
  if (attention.in_proj_bias === null) return 'bias is false';
  if (layer.activationReluOrGelu === 0) return 'the activation is neither ReLU nor GELU';
  if (layer.norm1.eps !== layer.norm2.eps) return 'the normalisations have different eps';
  if (attention.numHeads % 2 === 1) return 'the number of heads is odd';
  return undefined;
}

/**
 * A stack of layers, copies of `encoderLayer` (`torch.nn.TransformerEncoder`). In evaluation mode, where no gradients are
 * needed, padding at the ends is left out of the computation and comes back as zeros, under PyTorch's conditions.
 *
 * @example
 * const encoder = new nn.TransformerEncoder(new nn.TransformerEncoderLayer(64, 8, { batchFirst: true }), 6);
 * const memory = encoder(x, { srcKeyPaddingMask: tokens.eq(0) }); // [N, L, 64] -> [N, L, 64]
 */
export class TransformerEncoder<L extends EncoderLayer = TransformerEncoderLayer> extends Module {
  layers: ModuleList<L>;
  numLayers: number;
  norm: Layer | null;
  enableNestedTensor: boolean;
  /** Whether the layers allow for leaving out padding. */
  useNestedTensor: boolean;
  maskCheck: boolean;

  constructor(
    encoderLayer: L,
    numLayers: number,
    ...rest: Trailing<[norm: Layer | null, enableNestedTensor: boolean, maskCheck: boolean], TransformerEncoderOptions>
  ) {
    super();
    const where = 'TransformerEncoder';
    const { norm, enableNestedTensor, maskCheck } = readTrailing(
      where,
      ['norm', 'enableNestedTensor', 'maskCheck'],
      rest,
      { norm: null, enableNestedTensor: true, maskCheck: true } as Required<TransformerEncoderOptions>,
    );
    this.layers = copies(`${where}: encoderLayer`, encoderLayer, numLayers);
    this.numLayers = numLayers;
    this.norm = norm;
    this.enableNestedTensor = enableNestedTensor;
    const why = whyNotNested(encoderLayer);
    this.useNestedTensor = enableNestedTensor && why === undefined;
    this.maskCheck = maskCheck;
    if (enableNestedTensor && why !== undefined) {
      process.emitWarning(`${where}: enableNestedTensor has no effect because ${why}`);
    }
  }

  /** `[L, N, dModel]`, `[N, L, dModel]` with `batchFirst`, or without N, to the same. */
  forward(
    src: Tensor,
    ...rest: Trailing<[mask: Tensor | null, srcKeyPaddingMask: Tensor | null, isCausal: boolean | null], EncodeOptions>
  ): Tensor {
    const where = 'TransformerEncoder';
    const options = readTrailing(where, ['mask', 'srcKeyPaddingMask', 'isCausal'], rest, defaults);
    const nested = isNested(src);
    const dtype = nested ? 'float32' : src.dtype;
    const named = [`${where}: srcKeyPaddingMask`, `${where}: mask`] as const;
    const padding = additiveMask(named[0], options.srcKeyPaddingMask, dtype, ['mask', options.mask]);
    const mask = additiveMask(named[1], options.mask, dtype);
    const first = this.layers[0] as Module as TransformerEncoderLayer;
    const seen =
      !nested && padding !== null && mask === null && this.canLeaveOut(src, first) ? padding.logicalNot() : null;
    const leavesOut = seen !== null && (!this.maskCheck || nestedFromMaskLeftAligned(src, seen));
    let output = leavesOut ? nestedFromMask(src, seen, false) : src;
    const batched = !nested && src.ndim !== 2;
    const length = nested ? null : src.size(batched && isBatchFirst(first) ? 1 : 0);
    const isCausal = isCausalMask(mask, options.isCausal, length);
    const srcKeyPaddingMask = leavesOut ? null : padding;
    for (const layer of this.layers) {
      output = (layer as EncoderLayer)(output, { srcMask: mask, isCausal, srcKeyPaddingMask });
    }
    if (leavesOut) output = paddedFromNested(output, 0, src.shape);
    return this.norm === null ? output : this.norm(output);
  }

  private canLeaveOut(src: Tensor, first: TransformerEncoderLayer): boolean {
    if (!mha.getFastpathEnabled() || !this.useNestedTensor || first.training || src.ndim !== 3) return false;
    return runsNatively([src, ...first.nativeTensors]);
  }
}

/** A list of copies of a layer. */
export function copies<M extends Module>(where: string, layer: M, count: number): ModuleList<M> {
  expectCount('numLayers', count, 1);
  if (!((layer as unknown) instanceof Module)) throw new TypeError(`${where} must be a Module, got ${String(layer)}`);
  return new ModuleList(Array.from({ length: count }, () => deepcopy(layer)));
}
