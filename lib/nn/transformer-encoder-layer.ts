/** A layer of a transformer's encoder. */

import { mha } from '../backends.ts';
import { gelu } from '../generated/nn.ts';
import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import type { Dropout } from './dropout.ts';
import { hasForwardHooks, isNested, runsNatively, transformerEncoderLayer } from './fast-path.ts';
import { additiveMask } from './functional/attention-mask.ts';
import { relu } from './functional/index.ts';
import { GELU } from './gelu.ts';
import type { LayerNorm } from './layer-norm.ts';
import type { Linear } from './linear.ts';
import type { Layer } from './module.ts';
import type { MultiheadAttention } from './multihead-attention.ts';
import { ReLU } from './relu.ts';
import {
  activationOf,
  FeedForwardLayer,
  LayerParts,
  readLayerOptions,
  type TransformerLayerArguments,
} from './transformer-layer.ts';

export interface EncodeLayerOptions {
  /** What each position does not see: `[L, L]` or `[N·heads, L, L]`, true or -∞ where it does not. */
  srcMask?: Tensor | null;
  /** What no position sees: `[N, L]`. */
  srcKeyPaddingMask?: Tensor | null;
  /** A hint that `srcMask` is causal. */
  isCausal?: boolean;
}

type EncodeLayerArguments = Trailing<
  [srcMask: Tensor | null, srcKeyPaddingMask: Tensor | null, isCausal: boolean],
  EncodeLayerOptions
>;

const forwardNames = ['srcMask', 'srcKeyPaddingMask', 'isCausal'] as const;
const forwardDefaults: Required<EncodeLayerOptions> = { srcMask: null, srcKeyPaddingMask: null, isCausal: false };

/**
 * Self-attention and a block that feeds forward, each with a residual connection and a normalisation (Vaswani et al. 2017,
 * `torch.nn.TransformerEncoderLayer`). In evaluation mode, where no gradients are needed, one operator computes the layer,
 * under PyTorch's conditions.
 *
 * @throws RangeError if `nhead` does not divide `dModel`.
 * @example
 * const layer = new nn.TransformerEncoderLayer(64, 8, { batchFirst: true });
 * const encoded = layer(x); // [N, L, 64] -> [N, L, 64]
 */
export class TransformerEncoderLayer extends FeedForwardLayer {
  self_attn: MultiheadAttention;
  linear1: Linear;
  dropout: Dropout;
  linear2: Linear;
  normFirst: boolean;
  norm1: LayerNorm;
  norm2: LayerNorm;
  dropout1: Dropout;
  dropout2: Dropout;
  activation: ((input: Tensor) => Tensor) | Layer;
  /** Which activation the one operator is to compute: 1 is ReLU, 2 is GELU, 0 is one that it does not know. */
  activationReluOrGelu: 0 | 1 | 2;

  constructor(dModel: number, nhead: number, ...rest: TransformerLayerArguments) {
    super();
    const where = 'TransformerEncoderLayer';
    const options = readLayerOptions(where, rest);
    const parts = new LayerParts(dModel, nhead, options);
    this.self_attn = parts.attention();
    this.linear1 = parts.widen();
    this.dropout = parts.dropout();
    this.linear2 = parts.narrow();
    this.normFirst = options.normFirst;
    this.norm1 = parts.norm();
    this.norm2 = parts.norm();
    this.dropout1 = parts.dropout();
    this.dropout2 = parts.dropout();
    this.activation = activationOf(where, options.activation);
    if (this.activation === relu || this.activation instanceof ReLU) this.activationReluOrGelu = 1;
    else this.activationReluOrGelu = this.activation === gelu || this.activation instanceof GELU ? 2 : 0;
  }

  /** `[L, N, dModel]`, `[N, L, dModel]` with `batchFirst`, or without N, to the same. */
  forward(src: Tensor, ...rest: EncodeLayerArguments): Tensor {
    const where = 'TransformerEncoderLayer';
    const { srcMask, srcKeyPaddingMask, isCausal } = readTrailing(where, forwardNames, rest, forwardDefaults);
    const nested = isNested(src);
    const dtype = nested ? this.linear1.weight.dtype : src.dtype;
    const padding = additiveMask(`${where}: srcKeyPaddingMask`, srcKeyPaddingMask, dtype, ['srcMask', srcMask]);
    const mask = additiveMask(`${where}: srcMask`, srcMask, dtype);
    if (this.canTakeFastPath(src, nested, mask !== null || padding !== null))
      return this.computeAtOnce(src, mask, padding);
    const attend = (x: Tensor) => {
      const options = { attnMask: mask, keyPaddingMask: padding, needWeights: false, isCausal };
      return this.dropout1(this.self_attn(x, x, x, options)[0]);
    };
    const feed = (x: Tensor) => this.dropout2(this.feedForward(x));
    if (this.normFirst) {
      const x = src.add(attend(this.norm1(src)));
      return x.add(feed(this.norm2(x)));
    }
    const x = this.norm1(src.add(attend(src)));
    return this.norm2(x.add(feed(x)));
  }

  /** What the operator takes of the layer. */
  get nativeTensors(): (Tensor | null)[] {
    const { self_attn: attention, norm1, norm2, linear1, linear2 } = this;
    const { in_proj_weight, in_proj_bias, out_proj } = attention;
    return [
      in_proj_weight,
      in_proj_bias,
      ...[out_proj, norm1, norm2, linear1, linear2].flatMap((each) => [each.weight, each.bias]),
    ];
  }

  private canTakeFastPath(src: Tensor, nested: boolean, masked: boolean): boolean {
    const { self_attn: attention } = this;
    if (!mha.getFastpathEnabled() || this.training || !attention.batchFirst || attention.in_proj_bias === null)
      return false;
    if (nested ? masked : src.ndim !== 3) return false;
    if (!attention.qkvSameEmbedDim || attention.numHeads % 2 !== 0) return false;
    if (this.activationReluOrGelu === 0 || this.norm1.eps !== this.norm2.eps) return false;
    return !hasForwardHooks(this) && runsNatively([src, ...this.nativeTensors]);
  }

  private computeAtOnce(src: Tensor, srcMask: Tensor | null, srcKeyPaddingMask: Tensor | null): Tensor {
    const { self_attn: attention, norm1 } = this;
    const [inWeight, inBias, outWeight, outBias, ...others] = this.nativeTensors;
    const [mask, maskType] = attention.mergeMasks(srcMask, srcKeyPaddingMask, src);
    return transformerEncoderLayer(
      src,
      attention.embedDim,
      attention.numHeads,
      inWeight,
      inBias,
      outWeight,
      outBias,
      this.activationReluOrGelu === 2,
      this.normFirst,
      norm1.eps,
      ...others,
      mask,
      maskType,
    );
  }
}
