/** Tables of embeddings, learned by row. */

import { noGrad } from '../autograd/modes.ts';
import type { DeviceLike } from '../device.ts';
import type { DType } from '../dtype.ts';
import { ShapeError } from '../errors.ts';
import { empty } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { expectCount, readTrailing, type Trailing } from './arguments.ts';
import {
  type EmbeddingBagMode,
  type EmbeddingFunctionOptions,
  embedding,
  embeddingBag,
  paddingRow,
} from './functional/embedding.ts';
import { normal_ } from './init.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';
import { repr, reprFloat } from './python-repr.ts';

export interface EmbeddingOptions extends EmbeddingFunctionOptions {
  /** The table itself, `[numEmbeddings, embeddingDim]`; drawn from N(0, 1) by default. */
  _weight?: Tensor | null;
  /** Keeps the table as it is. */
  _freeze?: boolean;
  device?: DeviceLike;
  dtype?: DType;
}

export interface EmbeddingBagOptions extends Omit<EmbeddingOptions, '_freeze'> {
  /** How rows of a bag are put together; `'mean'` by default. */
  mode?: EmbeddingBagMode;
  /** Whether offsets end with the end of the last bag. */
  includeLastOffset?: boolean;
}

/** Options of `fromPretrained`: the table is frozen by default. */
export interface PretrainedOptions extends EmbeddingFunctionOptions {
  freeze?: boolean;
}

const defaults: Required<EmbeddingOptions> = {
  paddingIdx: null,
  maxNorm: null,
  normType: 2,
  scaleGradByFreq: false,
  sparse: false,
  _weight: null,
  _freeze: false,
  device: undefined as never,
  dtype: undefined as never,
};

/** What `Embedding` and `EmbeddingBag` share. */
abstract class Table extends Module {
  numEmbeddings: number;
  embeddingDim: number;
  paddingIdx: number | null;
  maxNorm: number | null;
  normType: number;
  scaleGradByFreq: boolean;
  sparse: boolean;
  /** `[numEmbeddings, embeddingDim]`. */
  weight: Parameter;

  constructor(numEmbeddings: number, embeddingDim: number, options: Required<EmbeddingOptions>) {
    super();
    const name = this.constructor.name;
    const { paddingIdx, maxNorm, normType, scaleGradByFreq, sparse, _weight, _freeze, device, dtype } = options;
    this.numEmbeddings = expectCount(`${name}: numEmbeddings`, numEmbeddings);
    this.embeddingDim = expectCount(`${name}: embeddingDim`, embeddingDim);
    this.paddingIdx = paddingIdx === null ? null : paddingRow(name, paddingIdx, numEmbeddings);
    this.maxNorm = maxNorm;
    this.normType = normType;
    this.scaleGradByFreq = scaleGradByFreq;
    this.sparse = sparse;
    const shape = [numEmbeddings, embeddingDim];
    if (_weight === null) {
      this.weight = new Parameter(empty(shape, { device, dtype }), !_freeze);
      this.resetParameters();
    } else {
      if (String(_weight.shape) !== String(shape)) {
        throw new ShapeError(`${name}: _weight must be [${shape.join(', ')}], got [${_weight.shape.join(', ')}]`);
      }
      this.weight = new Parameter(_weight, !_freeze);
    }
  }

  /** Draws new rows from N(0, 1); the padding row is 0. */
  resetParameters(): void {
    normal_(this.weight);
    const { paddingIdx } = this;
    if (paddingIdx !== null) noGrad(() => this.weight.select(0, paddingIdx).fill_(0));
  }
}

/**
 * A table whose rows are looked up by number (`torch.nn.Embedding`).
 * @throws RangeError for a padding row that is not there.
 * @example
 * new nn.Embedding(1000, 64)(ids); // int64 [N, T] -> [N, T, 64]
 */
export class Embedding extends Table {
  constructor(
    numEmbeddings: number,
    embeddingDim: number,
    ...rest: Trailing<
      [
        paddingIdx: number | null,
        maxNorm: number | null,
        normType: number,
        scaleGradByFreq: boolean,
        sparse: boolean,
        _weight: Tensor | null,
        _freeze: boolean,
      ],
      EmbeddingOptions
    >
  ) {
    const names = ['paddingIdx', 'maxNorm', 'normType', 'scaleGradByFreq', 'sparse', '_weight', '_freeze'] as const;
    super(numEmbeddings, embeddingDim, readTrailing('Embedding', names, rest, defaults));
  }

  /** An embedding with the rows of `embeddings` `[R, D]`, which it shares and does not train unless `freeze` is false. */
  static fromPretrained(
    embeddings: Tensor,
    ...rest: Trailing<[freeze: boolean, paddingIdx: number | null], PretrainedOptions>
  ): Embedding {
    const [rows, columns] = expectTable('Embedding.fromPretrained', embeddings);
    const { device: _, dtype: __, _weight: ___, _freeze: ____, ...own } = defaults;
    const { freeze, ...options } = readTrailing('Embedding.fromPretrained', ['freeze', 'paddingIdx'], rest, {
      freeze: true,
      ...own,
    });
    return new Embedding(rows, columns, { ...options, _weight: embeddings, _freeze: freeze });
  }

  /** int64 or int32 `[…]` to `[…, embeddingDim]`. */
  forward(input: Tensor): Tensor {
    const { weight, paddingIdx, maxNorm, normType, scaleGradByFreq, sparse } = this;
    return embedding(input, weight, paddingIdx, maxNorm, normType, scaleGradByFreq, sparse);
  }

  override extraRepr(): string {
    const parts = [`${this.numEmbeddings}, ${this.embeddingDim}`];
    if (this.paddingIdx !== null) parts.push(`padding_idx=${this.paddingIdx}`);
    if (this.maxNorm !== null) parts.push(`max_norm=${reprFloat(this.maxNorm)}`);
    if (this.normType !== 2) parts.push(`norm_type=${reprFloat(this.normType)}`);
    if (this.scaleGradByFreq) parts.push(`scale_grad_by_freq=${repr(true)}`);
    if (this.sparse) parts.push('sparse=True');
    return parts.join(', ');
  }
}

/**
 * Sums, means or maxima of bags of rows, without the rows themselves in memory (`torch.nn.EmbeddingBag`).
 * @example
 * new nn.EmbeddingBag(1000, 64, { mode: 'sum' })(ids, offsets); // int64 [N], [B] -> [B, 64]
 */
export class EmbeddingBag extends Table {
  mode: EmbeddingBagMode;
  includeLastOffset: boolean;

  constructor(
    numEmbeddings: number,
    embeddingDim: number,
    ...rest: Trailing<
      [
        maxNorm: number | null,
        normType: number,
        scaleGradByFreq: boolean,
        mode: EmbeddingBagMode,
        sparse: boolean,
        _weight: Tensor | null,
        includeLastOffset: boolean,
        paddingIdx: number | null,
      ],
      EmbeddingBagOptions
    >
  ) {
    const names = [
      'maxNorm',
      'normType',
      'scaleGradByFreq',
      'mode',
      'sparse',
      '_weight',
      'includeLastOffset',
      'paddingIdx',
    ] as const;
    const { _freeze, ...own } = defaults;
    const { mode, includeLastOffset, ...options } = readTrailing('EmbeddingBag', names, rest, {
      ...own,
      mode: 'mean' as EmbeddingBagMode,
      includeLastOffset: false,
    });
    super(numEmbeddings, embeddingDim, { ...options, _freeze });
    this.mode = mode;
    this.includeLastOffset = includeLastOffset;
  }

  /** A bag over the rows of `embeddings` `[R, D]`, which it shares and does not train unless `freeze` is false. */
  static fromPretrained(
    embeddings: Tensor,
    ...rest: Trailing<[freeze: boolean], PretrainedOptions & { mode?: EmbeddingBagMode; includeLastOffset?: boolean }>
  ): EmbeddingBag {
    const [rows, columns] = expectTable('EmbeddingBag.fromPretrained', embeddings);
    const { device: _, dtype: __, _weight: ___, _freeze: ____, ...own } = defaults;
    const { freeze, ...options } = readTrailing('EmbeddingBag.fromPretrained', ['freeze'], rest, {
      freeze: true,
      ...own,
      mode: 'mean' as EmbeddingBagMode,
      includeLastOffset: false,
    });
    const bag = new EmbeddingBag(rows, columns, { ...options, _weight: embeddings });
    bag.weight.requiresGrad = !freeze;
    return bag;
  }

  /** int64 `[B, N]`, or `[N]` with offsets `[B]`, to `[B, embeddingDim]`. */
  forward(input: Tensor, offsets: Tensor | null = null, perSampleWeights: Tensor | null = null): Tensor {
    const { weight, maxNorm, normType, scaleGradByFreq, mode, sparse, includeLastOffset, paddingIdx } = this;
    return embeddingBag(
      input,
      weight,
      offsets,
      maxNorm,
      normType,
      scaleGradByFreq,
      mode,
      sparse,
      perSampleWeights,
      includeLastOffset,
      paddingIdx,
    );
  }

  override extraRepr(): string {
    const parts = [`${this.numEmbeddings}, ${this.embeddingDim}`];
    if (this.maxNorm !== null) parts.push(`max_norm=${reprFloat(this.maxNorm)}`);
    if (this.normType !== 2) parts.push(`norm_type=${reprFloat(this.normType)}`);
    if (this.scaleGradByFreq) parts.push('scale_grad_by_freq=True');
    parts.push(`mode='${this.mode}'`);
    if (this.paddingIdx !== null) parts.push(`padding_idx=${this.paddingIdx}`);
    return parts.join(', ');
  }
}

function expectTable(where: string, embeddings: Tensor): [rows: number, columns: number] {
  const shape = embeddings.shape;
  if (shape.length !== 2) throw new ShapeError(`${where}: embeddings must be [R, D], got [${shape.join(', ')}]`);
  return shape as [number, number];
}
