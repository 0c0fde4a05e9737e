/** What the layers of encoders and decoders share: options, and the block that feeds forward. */

import type { DeviceLike } from '../device.ts';
import type { DType } from '../dtype.ts';
import { describeValue } from '../errors.ts';
import { gelu } from '../generated/nn.ts';
import type { Tensor } from '../tensor.ts';
import { expectCount, readTrailing, type Trailing } from './arguments.ts';
import { Dropout } from './dropout.ts';
import { relu } from './functional/index.ts';
import { LayerNorm } from './layer-norm.ts';
import { Linear } from './linear.ts';
import { type Layer, Module } from './module.ts';
import { MultiheadAttention } from './multihead-attention.ts';

/** The nonlinearity of the block that feeds forward: a name, a function or a module. */
export type Activation = 'relu' | 'gelu' | ((input: Tensor) => Tensor) | Layer;

export interface TransformerLayerOptions {
  /** Features inside the block that feeds forward; 2048 by default. */
  dimFeedforward?: number;
  /** 0.1 by default. */
  dropout?: number;
  /** `'relu'` by default. */
  activation?: Activation;
  /** 1e-5 by default. */
  layerNormEps?: number;
  /** Whether inputs are `[N, L, E]` rather than `[L, N, E]`; false by default. */
  batchFirst?: boolean;
  /** Whether each block normalises its input rather than its output; false by default. */
  normFirst?: boolean;
  /** Whether linear layers and normalisations have biases; true by default. */
  bias?: boolean;
  device?: DeviceLike;
  dtype?: DType;
}

export type TransformerLayerArguments = Trailing<
  [
    dimFeedforward: number,
    dropout: number,
    activation: Activation,
    layerNormEps: number,
    batchFirst: boolean,
    normFirst: boolean,
    bias: boolean,
  ],
  TransformerLayerOptions
>;

export const layerDefaults: Required<TransformerLayerOptions> = {
  dimFeedforward: 2048,
  dropout: 0.1,
  activation: relu,
  layerNormEps: 1e-5,
  batchFirst: false,
  normFirst: false,
  bias: true,
  device: undefined as unknown as DeviceLike,
  dtype: undefined as unknown as DType,
};

const names = ['dimFeedforward', 'dropout', 'activation', 'layerNormEps', 'batchFirst', 'normFirst', 'bias'] as const;

/** The options of a layer, checked. @throws RangeError for a name that is no activation's. */
export function readLayerOptions(where: string, rest: readonly unknown[]): Required<TransformerLayerOptions> {
  const options = readTrailing(where, names, rest, layerDefaults);
  expectCount(`${where}: dimFeedforward`, options.dimFeedforward);
  return options;
}

/** The function or module of an activation. */
export function activationOf(where: string, activation: Activation): ((input: Tensor) => Tensor) | Layer {
  if (activation === 'relu') return relu;
  if (activation === 'gelu') return gelu;
  if (typeof activation === 'function') return activation;
  const expected = "'relu', 'gelu', a function or a module";
  if (typeof activation === 'string') {
    throw new RangeError(`${where}: activation must be ${expected}, got ${describeValue(activation)}`);
  }
  throw new TypeError(`${where}: activation must be ${expected}, got ${describeValue(activation)}`);
}

/** Whether a layer's inputs have the batch in front. */
export function isBatchFirst(layer: Module): boolean {
  return (layer as { self_attn?: MultiheadAttention }).self_attn?.batchFirst === true;
}

/** Makes the parts of a layer. */
export class LayerParts {
  private readonly dModel: number;
  private readonly nhead: number;
  private readonly options: Required<TransformerLayerOptions>;

  constructor(dModel: number, nhead: number, options: Required<TransformerLayerOptions>) {
    this.dModel = dModel;
    this.nhead = nhead;
    this.options = options;
  }

  attention(): MultiheadAttention {
    const { dropout, bias, batchFirst, device, dtype } = this.options;
    return new MultiheadAttention(this.dModel, this.nhead, { dropout, bias, batchFirst, device, dtype });
  }

  widen(): Linear {
    const { dimFeedforward, bias, device, dtype } = this.options;
    return new Linear(this.dModel, dimFeedforward, { bias, device, dtype });
  }

  narrow(): Linear {
    const { dimFeedforward, bias, device, dtype } = this.options;
    return new Linear(dimFeedforward, this.dModel, { bias, device, dtype });
  }

  norm(): LayerNorm {
    const { layerNormEps: eps, bias, device, dtype } = this.options;
    return new LayerNorm(this.dModel, { eps, bias, device, dtype });
  }

  dropout(): Dropout {
    return new Dropout(this.options.dropout);
  }
}

/** A layer that ends in a block that feeds forward. */
export abstract class FeedForwardLayer extends Module {
  abstract linear1: Linear;
  abstract dropout: Dropout;
  abstract linear2: Linear;
  abstract activation: ((input: Tensor) => Tensor) | Layer;

  protected feedForward(x: Tensor): Tensor {
    return this.linear2(this.dropout(this.activation(this.linear1(x))));
  }
}
