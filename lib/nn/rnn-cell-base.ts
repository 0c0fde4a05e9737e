/** What `RNNCell`, `LSTMCell` and `GRUCell` share: their weights and the forms of their input. */

import type { DeviceLike } from '../device.ts';
import type { DType } from '../dtype.ts';
import { describeValue, ShapeError } from '../errors.ts';
import { empty, zeros } from '../generated/torch.ts';
import { Tensor } from '../tensor.ts';
import { expectCount } from './arguments.ts';
import { uniform_ } from './init.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';
import { repr } from './python-repr.ts';

export interface CellOptions {
  /** Whether there are biases; true by default. */
  bias?: boolean;
  device?: DeviceLike;
  dtype?: DType;
}

export const cellDefaults: CellOptions = { bias: true, device: undefined, dtype: undefined };

/** The base of the recurrent cells (`torch.nn.RNNCellBase`). */
export abstract class RNNCellBase extends Module {
  inputSize: number;
  hiddenSize: number;
  bias: boolean;
  /** `[gates · hiddenSize, inputSize]`. */
  weight_ih: Parameter;
  /** `[gates · hiddenSize, hiddenSize]`. */
  weight_hh: Parameter;
  /** `[gates · hiddenSize]`. */
  bias_ih: Parameter | null;
  /** `[gates · hiddenSize]`. */
  bias_hh: Parameter | null;

  constructor(gates: number, inputSize: number, hiddenSize: number, options: CellOptions) {
    super();
    const where = new.target.name;
    const { bias, ...factory } = options;
    this.inputSize = expectCount(`${where}: inputSize`, inputSize);
    this.hiddenSize = expectCount(`${where}: hiddenSize`, hiddenSize);
    // Kept and printed as it comes, because PyTorch takes anything for a boolean here.
    this.bias = bias as boolean;
    const rows = gates * hiddenSize;
    this.weight_ih = new Parameter(empty([rows, inputSize], factory));
    this.weight_hh = new Parameter(empty([rows, hiddenSize], factory));
    this.bias_ih = this.bias ? new Parameter(empty([rows], factory)) : null;
    this.bias_hh = this.bias ? new Parameter(empty([rows], factory)) : null;
    this.resetParameters();
  }

  /** Draws new initial values: uniform in ±1/√hiddenSize. */
  resetParameters(): void {
    const bound = this.hiddenSize > 0 ? 1 / Math.sqrt(this.hiddenSize) : 0;
    for (const weight of this.parameters()) uniform_(weight, -bound, bound);
  }

  override extraRepr(): string {
    const bias: unknown = this.bias;
    const shown = bias === true ? '' : `, bias=${typeof bias === 'string' ? bias : repr(bias)}`;
    return `${this.inputSize}, ${this.hiddenSize}${shown}`;
  }

  /**
   * Runs `step` with a batch dimension, and takes it away where the input had none; states that are not given are zeros.
   * @throws ShapeError for an input or state that has neither one nor two dimensions.
   */
  protected run(
    input: Tensor,
    given: readonly Tensor[] | null,
    states: number,
    step: (input: Tensor, states: Tensor[]) => Tensor[],
  ): Tensor[] {
    const where = this.constructor.name;
    const batched = expectRank(`${where}: input`, input) === 2;
    if (given !== null && (!Array.isArray(given) || given.length !== states)) {
      throw new TypeError(`${where}: hx must be [h, c], got ${describeValue(given)}`);
    }
    given?.forEach((state, i) => {
      expectRank(`${where}: ${states === 1 ? 'hx' : `hx[${i}]`}`, state);
    });
    const x = batched ? input : input.unsqueeze(0);
    if (given === null) {
      const zero = zeros([x.size(0), this.hiddenSize], { dtype: x.dtype, device: x.device });
      const after = step(x, new Array<Tensor>(states).fill(zero));
      return batched ? after : after.map((each) => each.squeeze(0));
    }
    if (batched) return step(x, [...given]);
    return step(
      x,
      given.map((each) => each.unsqueeze(0)),
    ).map((each) => each.squeeze(0));
  }
}

function expectRank(where: string, value: Tensor): number {
  if (!((value as unknown) instanceof Tensor)) {
    throw new TypeError(`${where} must be a Tensor, got ${describeValue(value)}`);
  }
  const rank = value.ndim;
  if (rank !== 1 && rank !== 2) throw new ShapeError(`${where} must have 1 or 2 dimensions, got [${value.shape}]`);
  return rank;
}
