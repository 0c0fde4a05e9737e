/** A transformer's decoder. */

import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import { isCausalMask } from './functional/attention-mask.ts';
import { type Layer, Module } from './module.ts';
import type { ModuleList } from './module-list.ts';
import {
  type DecodeArguments,
  type DecodeOptions,
  readDecodeOptions,
  type TransformerDecoderLayer,
} from './transformer-decoder-layer.ts';
import { copies } from './transformer-encoder.ts';
import { isBatchFirst } from './transformer-layer.ts';

/** What a decoder is made of: a `TransformerDecoderLayer`, or a module that is called as one. */
export interface DecoderLayer extends Module {
  forward(tgt: Tensor, memory: Tensor, options: DecodeOptions): Tensor;
}

/**
 * A stack of layers, copies of `decoderLayer` (`torch.nn.TransformerDecoder`).
 *
 * @example
 * const decoder = new nn.TransformerDecoder(new nn.TransformerDecoderLayer(64, 8), 6);
 * const output = decoder(tgt, memory); // [T, N, 64], [S, N, 64] -> [T, N, 64]
 */
export class TransformerDecoder<L extends DecoderLayer = TransformerDecoderLayer> extends Module {
  layers: ModuleList<L>;
  numLayers: number;
  norm: Layer | null;

  constructor(decoderLayer: L, numLayers: number, ...rest: Trailing<[norm: Layer | null], { norm?: Layer | null }>) {
    super();
    const where = 'TransformerDecoder';
    const { norm } = readTrailing(where, ['norm'], rest, { norm: null as Layer | null });
    this.layers = copies(`${where}: decoderLayer`, decoderLayer, numLayers);
    this.numLayers = numLayers;
    this.norm = norm;
  }

  /** Target `[T, N, dModel]` and memory `[S, N, dModel]`, with N in front where `batchFirst`, or without N, to the target's. */
  forward(tgt: Tensor, memory: Tensor, ...rest: DecodeArguments): Tensor {
    const options = readDecodeOptions('TransformerDecoder', rest);
    const length = tgt.size(tgt.ndim !== 2 && isBatchFirst(this.layers[0] as L) ? 1 : 0);
    const tgtIsCausal = isCausalMask(options.tgtMask, options.tgtIsCausal, length);
    let output = tgt;
    for (const layer of this.layers) output = (layer as DecoderLayer)(output, memory, { ...options, tgtIsCausal });
    return this.norm === null ? output : this.norm(output);
  }
}
