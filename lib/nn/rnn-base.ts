/** What `RNN`, `LSTM` and `GRU` share: their weights, and the ways in which input and states come and go. */

import type { DeviceLike } from '../device.ts';
import type { DType } from '../dtype.ts';
import { DTypeError, describeValue, ShapeError } from '../errors.ts';
import { empty, zeros } from '../generated/torch.ts';
import { Tensor } from '../tensor.ts';
import { expectBoolean, expectCount } from './arguments.ts';
import { fieldOf } from './fields.ts';
import { uniform_ } from './init.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';
import { repr, reprFloat } from './python-repr.ts';
import { PackedSequence } from './utils/rnn/packed-sequence.ts';

export interface RecurrentOptions {
  /** Layers, each of which takes the output of the one before; 1 by default. */
  numLayers?: number;
  /** Whether there are biases; true by default. */
  bias?: boolean;
  /** Whether input and output are `[N, T, …]` rather than `[T, N, …]`; false by default. Hidden states never are. */
  batchFirst?: boolean;
  /** The probability of dropping an output between layers in training mode; 0 by default. */
  dropout?: number;
  /** Whether a second direction runs from the end to the beginning; false by default. */
  bidirectional?: boolean;
  device?: DeviceLike;
  dtype?: DType;
}

export const recurrentDefaults: RecurrentOptions = {
  numLayers: 1,
  bias: true,
  batchFirst: false,
  dropout: 0,
  bidirectional: false,
  device: undefined,
  dtype: undefined,
};

/** The parts of a state, or of a hidden and a cell state. */
export type States = readonly Tensor[];

/** A recurrent operator for padded input where `batchSizes` is null, and for packed data otherwise. */
export type Kernel = (
  input: Tensor,
  batchSizes: Tensor | null,
  states: States,
  weights: Tensor[],
  options: readonly [bias: boolean, numLayers: number, dropout: number, train: boolean, bidirectional: boolean],
  batchFirst: boolean,
) => Tensor[];

/**
 * The base of the recurrent modules (`torch.nn.RNNBase`). Weights are the fields `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`,
 * `bias_hh_l0`, with `_l1` … for further layers, and `_reverse` behind it for the second direction.
 */
export abstract class RNNBase extends Module {
  [weight: `weight_${string}`]: Parameter;
  [bias: `bias_${string}`]: Parameter;

  inputSize: number;
  hiddenSize: number;
  numLayers: number;
  bias: boolean;
  batchFirst: boolean;
  dropout: number;
  bidirectional: boolean;
  projSize: number;
  /** Names of weights, for each layer and direction. */
  protected readonly weightNames: readonly (readonly string[])[];

  /** @param gates how many times `hiddenSize` the rows of a weight are. */
  constructor(gates: number, inputSize: number, hiddenSize: number, options: RecurrentOptions, projSize = 0) {
    super();
    const where = new.target.name;
    const { numLayers, bias, batchFirst, dropout, bidirectional, ...factory } = options as Required<RecurrentOptions>;
    this.inputSize = expectCount(`${where}: inputSize`, inputSize, 1);
    this.hiddenSize = expectCount(`${where}: hiddenSize`, hiddenSize, 1);
    this.numLayers = expectCount(`${where}: numLayers`, numLayers, 1);
    this.bias = expectBoolean(`${where}: bias`, bias);
    this.batchFirst = expectBoolean(`${where}: batchFirst`, batchFirst);
    if (typeof dropout !== 'number' || !(dropout >= 0 && dropout <= 1)) {
      throw new RangeError(
        `${where}: dropout, the probability of an element to become zero, must be between 0 and 1, got ${describeValue(dropout)}`,
      );
    }
    if (dropout > 0 && numLayers === 1) {
      process.emitWarning(`${where}: dropout ${dropout} acts between layers, and there is one layer only`);
    }
    this.dropout = dropout;
    this.bidirectional = expectBoolean(`${where}: bidirectional`, bidirectional);
    this.projSize = expectCount(`${where}: projSize`, projSize);
    if (projSize >= hiddenSize) {
      throw new RangeError(`${where}: projSize must be smaller than hiddenSize ${hiddenSize}, got ${projSize}`);
    }
    this.weightNames = this.makeWeights(gates * hiddenSize, factory);
    this.resetParameters();
  }

  /** Parameters, for each layer and direction (`RNNBase.all_weights`). */
  get allWeights(): Parameter[][] {
    return this.weightNames.map((names) => names.map((name) => fieldOf(this, name) as Parameter));
  }

  /** Draws new initial values: uniform in ±1/√hiddenSize. */
  resetParameters(): void {
    const bound = 1 / Math.sqrt(this.hiddenSize);
    for (const weight of this.parameters()) uniform_(weight, -bound, bound);
  }

  override extraRepr(): string {
    const parts = [`${this.inputSize}, ${this.hiddenSize}`];
    if (this.projSize !== 0) parts.push(`proj_size=${this.projSize}`);
    if (this.numLayers !== 1) parts.push(`num_layers=${this.numLayers}`);
    if (!this.bias) parts.push('bias=False');
    if (this.batchFirst) parts.push('batch_first=True');
    if (this.dropout !== 0) parts.push(`dropout=${reprFloat(this.dropout)}`);
    if (this.bidirectional) parts.push(`bidirectional=${repr(true)}`);
    return parts.join(', ');
  }

  /**
   * Runs `kernel` on any form of input. `sizes` are the last dimensions of the states; those that are not given are zeros.
   * @throws ShapeError where input or states do not fit, DTypeError where the input has not the weights' dtype.
   */
  protected run<S extends Tensor | PackedSequence>(
    kernel: Kernel,
    input: S,
    given: States | null,
    sizes: readonly number[],
  ): [output: S, states: Tensor[]] {
    const packed = (input as unknown) instanceof PackedSequence ? (input as PackedSequence) : null;
    const data = packed?.data ?? (input as Tensor);
    const where = this.constructor.name;
    if (!((data as unknown) instanceof Tensor)) {
      throw new TypeError(`${where}: input must be a Tensor or a PackedSequence, got ${describeValue(input)}`);
    }
    const batched = packed !== null || this.isBatched(data);
    const batchDim = this.batchFirst ? 0 : 1;
    const x = batched ? data : data.unsqueeze(batchDim);
    const batchSizes = packed?.batchSizes ?? null;
    const batch = batchSizes === null ? x.size(batchDim) : (batchSizes.select(0, 0).item() as number);
    const shapes = sizes.map((size) => [this.numLayers * (this.bidirectional ? 2 : 1), batch, size]);
    const { dtype, device } = x;
    const expected = given === null ? null : this.expectStates(given, shapes, batched);
    const states = expected ?? shapes.map((shape) => zeros(shape, { dtype, device }));
    const sorted = permuted(states, packed?.sortedIndices ?? null);
    const [output, ...after] = this.callKernel(kernel, x, batchSizes, sorted) as [Tensor, ...Tensor[]];
    if (packed !== null) {
      const { sortedIndices, unsortedIndices } = packed;
      const result = new PackedSequence(output, packed.batchSizes, sortedIndices, unsortedIndices);
      return [result as S, permuted(after, unsortedIndices)];
    }
    if (batched) return [output as S, after];
    return [output.squeeze(batchDim) as S, after.map((each) => each.squeeze(1))];
  }

  private makeWeights(rows: number, factory: { device: DeviceLike; dtype: DType }): string[][] {
    const { inputSize, hiddenSize, projSize, bias, bidirectional } = this;
    const outputs = projSize > 0 ? projSize : hiddenSize;
    const all: string[][] = [];
    for (let layer = 0; layer < this.numLayers; layer++) {
      for (const suffix of bidirectional ? ['', '_reverse'] : ['']) {
        const inputs = layer === 0 ? inputSize : outputs * (bidirectional ? 2 : 1);
        const shapes: Record<string, number[]> = { weight_ih: [rows, inputs], weight_hh: [rows, outputs] };
        if (bias) Object.assign(shapes, { bias_ih: [rows], bias_hh: [rows] });
        if (projSize > 0) shapes.weight_hr = [projSize, hiddenSize];
        const names = Object.entries(shapes).map(([name, shape]) => {
          const full = `${name}_l${layer}${suffix}`;
          Reflect.set(this, full, new Parameter(empty(shape, factory)));
          return full;
        });
        all.push(names);
      }
    }
    return all;
  }

  private isBatched(input: Tensor): boolean {
    const rank = input.ndim;
    if (rank === 2 || rank === 3) return rank === 3;
    throw new ShapeError(`${this.constructor.name}: input must have 2 or 3 dimensions, got [${input.shape}]`);
  }

  /** The states with a batch dimension, checked. */
  private expectStates(given: States, shapes: readonly number[][], batched: boolean): States {
    if (!Array.isArray(given) || given.length !== shapes.length) {
      throw new TypeError(`${this.constructor.name}: hx must be [h, c], got ${describeValue(given)}`);
    }
    return given.map((state, i) => {
      const name = `${this.constructor.name}: ${shapes.length === 1 ? 'hx' : `hx[${i}]`}`;
      if (!((state as unknown) instanceof Tensor)) {
        throw new TypeError(`${name} must be a Tensor, got ${describeValue(state)}`);
      }
      const [layers, batch, size] = shapes[i] as [number, number, number];
      const expected = batched ? [layers, batch, size] : [layers, size];
      if (String(state.shape) !== String(expected)) {
        const input = batched ? 'this input' : 'an input without batch dimension';
        throw new ShapeError(`${name} must be [${expected}] for ${input}, got [${state.shape}]`);
      }
      return batched ? state : state.unsqueeze(1);
    });
  }

  private callKernel(kernel: Kernel, input: Tensor, batchSizes: Tensor | null, states: States): Tensor[] {
    const where = this.constructor.name;
    const last = input.shape.at(-1);
    if (last !== this.inputSize) {
      throw new ShapeError(`${where}: input must have ${this.inputSize} (inputSize) features, got [${input.shape}]`);
    }
    const weights = this.weightNames.flat().map((name) => fieldOf(this, name) as Tensor);
    const { bias, numLayers, dropout, training, bidirectional } = this;
    const options = [bias, numLayers, dropout, training, bidirectional] as const;
    try {
      return kernel(input, batchSizes, states, weights, options, this.batchFirst);
    } catch (error) {
      // Looked at only now, because under autocast the dtypes may differ.
      const [from, to] = [input.dtype, (weights[0] as Tensor).dtype];
      if (from === to) throw error;
      const how = `convert the input with to('${to}') or the module with to('${from}')`;
      throw new DTypeError(`${where}: input is ${from} and the weights are ${to}: ${how}`, { cause: error });
    }
  }
}

function permuted(states: States, indices: Tensor | null): Tensor[] {
  return states.map((state) => (indices === null ? state : state.indexSelect(1, indices)));
}
