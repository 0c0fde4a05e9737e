/** The transformer: an encoder and a decoder. */

import type { TensorOptions } from '../creation.ts';
import { describeValue, ShapeError } from '../errors.ts';
import { Tensor } from '../tensor.ts';
import { expectCount, readTrailing, type Trailing } from './arguments.ts';
import { squareSubsequentMask } from './functional/attention-mask.ts';
import { xavierUniform_ } from './init.ts';
import { LayerNorm } from './layer-norm.ts';
import { Module } from './module.ts';
import { TransformerDecoder } from './transformer-decoder.ts';
import { type DecodeOptions, TransformerDecoderLayer } from './transformer-decoder-layer.ts';
import { type EncodeOptions, TransformerEncoder } from './transformer-encoder.ts';
import { TransformerEncoderLayer } from './transformer-encoder-layer.ts';
import { type Activation, layerDefaults, type TransformerLayerOptions } from './transformer-layer.ts';

/** A module that is called as a `TransformerEncoder`. */
export interface Encoder extends Module {
  forward(src: Tensor, options: EncodeOptions): Tensor;
}

/** A module that is called as a `TransformerDecoder`. */
export interface Decoder extends Module {
  forward(tgt: Tensor, memory: Tensor, options: DecodeOptions): Tensor;
}

export interface TransformerOptions extends TransformerLayerOptions {
  /** Features of the model; 512 by default. */
  dModel?: number;
  /** Heads of attention; 8 by default. */
  nhead?: number;
  /** 6 by default. */
  numEncoderLayers?: number;
  /** 6 by default. */
  numDecoderLayers?: number;
  customEncoder?: Encoder | null;
  customDecoder?: Decoder | null;
}

type TransformerArguments = Trailing<
  [
    dModel: number,
    nhead: number,
    numEncoderLayers: number,
    numDecoderLayers: number,
    dimFeedforward: number,
    dropout: number,
    activation: Activation,
    customEncoder: Encoder | null,
    customDecoder: Decoder | null,
    layerNormEps: number,
    batchFirst: boolean,
    normFirst: boolean,
    bias: boolean,
  ],
  TransformerOptions
>;

const names = [
  'dModel',
  'nhead',
  'numEncoderLayers',
  'numDecoderLayers',
  'dimFeedforward',
  'dropout',
  'activation',
  'customEncoder',
  'customDecoder',
  'layerNormEps',
  'batchFirst',
  'normFirst',
  'bias',
] as const;

const defaults: Required<TransformerOptions> = {
  dModel: 512,
  nhead: 8,
  numEncoderLayers: 6,
  numDecoderLayers: 6,
  customEncoder: null,
  customDecoder: null,
  ...layerDefaults,
};

export interface TransformOptions {
  /** What each source position does not see: `[S, S]` or `[N·heads, S, S]`, true or -∞ where it does not. */
  srcMask?: Tensor | null;
  /** What each target position does not see of the target: `[T, T]` or `[N·heads, T, T]`. */
  tgtMask?: Tensor | null;
  /** What each target position does not see of the memory: `[T, S]` or `[N·heads, T, S]`. */
  memoryMask?: Tensor | null;
  /** What no position sees of the source: `[N, S]`. */
  srcKeyPaddingMask?: Tensor | null;
  /** What no position sees of the target: `[N, T]`. */
  tgtKeyPaddingMask?: Tensor | null;
  /** What no position sees of the memory: `[N, S]`. */
  memoryKeyPaddingMask?: Tensor | null;
  /** Hints that masks are causal; where they are null, encoder and decoder find out. */
  srcIsCausal?: boolean | null;
  tgtIsCausal?: boolean | null;
  memoryIsCausal?: boolean;
}

type TransformArguments = Trailing<
  [
    srcMask: Tensor | null,
    tgtMask: Tensor | null,
    memoryMask: Tensor | null,
    srcKeyPaddingMask: Tensor | null,
    tgtKeyPaddingMask: Tensor | null,
    memoryKeyPaddingMask: Tensor | null,
    srcIsCausal: boolean | null,
    tgtIsCausal: boolean | null,
    memoryIsCausal: boolean,
  ],
  TransformOptions
>;

const forwardNames = [
  'srcMask',
  'tgtMask',
  'memoryMask',
  'srcKeyPaddingMask',
  'tgtKeyPaddingMask',
  'memoryKeyPaddingMask',
  'srcIsCausal',
  'tgtIsCausal',
  'memoryIsCausal',
] as const;

const forwardDefaults: Required<TransformOptions> = {
  srcMask: null,
  tgtMask: null,
  memoryMask: null,
  srcKeyPaddingMask: null,
  tgtKeyPaddingMask: null,
  memoryKeyPaddingMask: null,
  srcIsCausal: null,
  tgtIsCausal: null,
  memoryIsCausal: false,
};

/**
 * The transformer of Vaswani et al. 2017 (`torch.nn.Transformer`).
 *
 * @throws RangeError if `nhead` does not divide `dModel`.
 * @example
 * const model = new nn.Transformer({ dModel: 64, nhead: 8, batchFirst: true });
 * const tgtMask = nn.Transformer.generateSquareSubsequentMask(tgt.size(1));
 * const output = model(src, tgt, { tgtMask }); // [N, S, 64], [N, T, 64] -> [N, T, 64]
 */
export class Transformer extends Module {
  encoder: Encoder;
  decoder: Decoder;
  dModel: number;
  nhead: number;
  batchFirst: boolean;

  constructor(...rest: TransformerArguments) {
    super();
    const options = readTrailing('Transformer', names, rest, defaults);
    const { dModel, nhead, numEncoderLayers, numDecoderLayers, customEncoder, customDecoder, ...layer } = options;
    this.dModel = expectCount('Transformer: dModel', dModel, 1);
    this.nhead = expectCount('Transformer: nhead', nhead, 1);
    this.batchFirst = options.batchFirst;
    const { layerNormEps: eps, bias, device, dtype } = layer;
    const norm = () => new LayerNorm(dModel, { eps, bias, device, dtype });
    // In this order, which is that of the random numbers.
    this.encoder =
      customEncoder ??
      new TransformerEncoder(new TransformerEncoderLayer(dModel, nhead, layer), numEncoderLayers, norm());
    this.decoder =
      customDecoder ??
      new TransformerDecoder(new TransformerDecoderLayer(dModel, nhead, layer), numDecoderLayers, norm());
    this.resetParameters();
  }

  /** -∞ above the diagonal, `[size, size]`: a mask that lets no position see later ones. */
  static generateSquareSubsequentMask(size: number, options: TensorOptions = {}): Tensor {
    return squareSubsequentMask(expectCount('generateSquareSubsequentMask: size', size), options);
  }

  /** Draws new initial values for all matrices. */
  resetParameters(): void {
    for (const parameter of this.parameters()) {
      if (parameter.ndim > 1) xavierUniform_(parameter);
    }
  }

  /**
   * Source `[S, N, dModel]` and target `[T, N, dModel]`, with N in front where `batchFirst`, or without N, to the target's.
   * @throws ShapeError where batches or features of both differ.
   */
  forward(src: Tensor, tgt: Tensor, ...rest: TransformArguments): Tensor {
    const options = readTrailing('Transformer', forwardNames, rest, forwardDefaults);
    for (const [name, tensor] of Object.entries({ src, tgt })) {
      if (!((tensor as unknown) instanceof Tensor)) {
        throw new TypeError(`Transformer: ${name} must be a Tensor, got ${describeValue(tensor)}`);
      }
      if (tensor.shape.at(-1) !== this.dModel) {
        throw new ShapeError(`Transformer: ${name} must have dModel ${this.dModel} features, got [${tensor.shape}]`);
      }
    }
    const batchDim = this.batchFirst ? 0 : 1;
    if (src.ndim === 3 && src.shape[batchDim] !== tgt.shape[batchDim]) {
      throw new ShapeError(`Transformer: src and tgt must have the same batch, got [${src.shape}] and [${tgt.shape}]`);
    }
    const { srcMask: mask, srcKeyPaddingMask, srcIsCausal: isCausal, ...decode } = options;
    const memory = this.encoder(src, { mask, srcKeyPaddingMask, isCausal });
    return this.decoder(tgt, memory, decode);
  }
}
