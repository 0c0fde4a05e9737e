/** A layer of a transformer's decoder. */

import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import type { Dropout } from './dropout.ts';
import type { LayerNorm } from './layer-norm.ts';
import type { Linear } from './linear.ts';
import type { Layer } from './module.ts';
import type { MultiheadAttention } from './multihead-attention.ts';
import {
  activationOf,
  FeedForwardLayer,
  LayerParts,
  readLayerOptions,
  type TransformerLayerArguments,
} from './transformer-layer.ts';

export interface DecodeOptions {
  /** What each target position does not see of the target: `[T, T]` or `[N·heads, T, T]`. */
  tgtMask?: Tensor | null;
  /** What each target position does not see of the memory: `[T, S]` or `[N·heads, T, S]`. */
  memoryMask?: Tensor | null;
  /** What no position sees of the target: `[N, T]`. */
  tgtKeyPaddingMask?: Tensor | null;
  /** What no position sees of the memory: `[N, S]`. */
  memoryKeyPaddingMask?: Tensor | null;
  /** A hint that `tgtMask` is causal; a decoder finds out where it is null. */
  tgtIsCausal?: boolean | null;
  /** A hint that `memoryMask` is causal. */
  memoryIsCausal?: boolean;
}

export type DecodeArguments = Trailing<
  [
    tgtMask: Tensor | null,
    memoryMask: Tensor | null,
    tgtKeyPaddingMask: Tensor | null,
    memoryKeyPaddingMask: Tensor | null,
    tgtIsCausal: boolean | null,
    memoryIsCausal: boolean,
  ],
  DecodeOptions
>;

const decodeNames = [
  'tgtMask',
  'memoryMask',
  'tgtKeyPaddingMask',
  'memoryKeyPaddingMask',
  'tgtIsCausal',
  'memoryIsCausal',
] as const;
const decodeDefaults: Required<DecodeOptions> = {
  tgtMask: null,
  memoryMask: null,
  tgtKeyPaddingMask: null,
  memoryKeyPaddingMask: null,
  tgtIsCausal: null,
  memoryIsCausal: false,
};

/** What a decoder and its layers take beside target and memory. */
export function readDecodeOptions(where: string, rest: readonly unknown[]): Required<DecodeOptions> {
  return readTrailing(where, decodeNames, rest, decodeDefaults);
}

/**
 * Self-attention, attention to an encoder's output, the memory, and a block that feeds forward, each with a residual
 * connection and a normalisation (Vaswani et al. 2017, `torch.nn.TransformerDecoderLayer`).
 *
 * @throws RangeError if `nhead` does not divide `dModel`.
 * @example
 * const decoded = new nn.TransformerDecoderLayer(64, 8)(tgt, memory); // [T, N, 64], [S, N, 64] -> [T, N, 64]
 */
export class TransformerDecoderLayer extends FeedForwardLayer {
  self_attn: MultiheadAttention;
  multihead_attn: MultiheadAttention;
  linear1: Linear;
  dropout: Dropout;
  linear2: Linear;
  normFirst: boolean;
  norm1: LayerNorm;
  norm2: LayerNorm;
  norm3: LayerNorm;
  dropout1: Dropout;
  dropout2: Dropout;
  dropout3: Dropout;
  activation: ((input: Tensor) => Tensor) | Layer;

  constructor(dModel: number, nhead: number, ...rest: TransformerLayerArguments) {
    super();
    const where = 'TransformerDecoderLayer';
    const options = readLayerOptions(where, rest);
    const parts = new LayerParts(dModel, nhead, options);
    this.self_attn = parts.attention();
    this.multihead_attn = parts.attention();
    this.linear1 = parts.widen();
    this.dropout = parts.dropout();
    this.linear2 = parts.narrow();
    this.normFirst = options.normFirst;
    this.norm1 = parts.norm();
    this.norm2 = parts.norm();
    this.norm3 = parts.norm();
    this.dropout1 = parts.dropout();
    this.dropout2 = parts.dropout();
    this.dropout3 = parts.dropout();
    this.activation = activationOf(where, options.activation);
  }

  /** Target `[T, N, dModel]` and memory `[S, N, dModel]`, with N in front where `batchFirst`, or without N, to the target's. */
  forward(tgt: Tensor, memory: Tensor, ...rest: DecodeArguments): Tensor {
    const options = readDecodeOptions('TransformerDecoderLayer', rest);
    const attendSelf = (x: Tensor) => {
      const masks = { attnMask: options.tgtMask, keyPaddingMask: options.tgtKeyPaddingMask };
      const isCausal = options.tgtIsCausal === true;
      return this.dropout1(this.self_attn(x, x, x, { ...masks, isCausal, needWeights: false })[0]);
    };
    const attendMemory = (x: Tensor) => {
      const masks = { attnMask: options.memoryMask, keyPaddingMask: options.memoryKeyPaddingMask };
      const isCausal = options.memoryIsCausal;
      return this.dropout2(this.multihead_attn(x, memory, memory, { ...masks, isCausal, needWeights: false })[0]);
    };
    const feed = (x: Tensor) => this.dropout3(this.feedForward(x));
    let x = tgt;
    if (this.normFirst) {
      x = x.add(attendSelf(this.norm1(x)));
      x = x.add(attendMemory(this.norm2(x)));
      return x.add(feed(this.norm3(x)));
    }
    x = this.norm1(x.add(attendSelf(x)));
    x = this.norm2(x.add(attendMemory(x)));
    return this.norm3(x.add(feed(x)));
  }
}
