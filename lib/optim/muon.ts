/** Muon. */

import { isComplexDType } from '../dtype.ts';
import { DTypeError, describeValue, ShapeError } from '../errors.ts';
import { addmm, zerosLike } from '../generated/torch.ts';
import { expectCount, readTrailing, type Trailing } from '../nn/arguments.ts';
import type { Tensor } from '../tensor.ts';
import { Optimizer, type OptimizerParams, type ParamState } from './optimizer.ts';
import { expectNotNegative, type OptimizerOptions } from './options.ts';
import type { ParamGroup, ParamGroupInput } from './param-group.ts';
import { mul, numberOf, type Quantity, sub } from './quantity.ts';

type Coefficients = readonly [number, number, number];

export interface MuonOptions extends OptimizerOptions {
  /** Shrinks parameters directly; 0.1 by default. */
  weightDecay: number;
  /** 0.95 by default. */
  momentum: number;
  /** Looks ahead by one momentum step; true by default. */
  nesterov: boolean;
  /** Coefficients of the Newton–Schulz polynomial; `[3.4445, -4.775, 2.0315]` by default. */
  nsCoefficients: Coefficients;
  /** The least norm to divide by; 1e-7 by default. */
  eps: number;
  /** Newton–Schulz steps, below 100; 5 by default. */
  nsSteps: number;
  /**
   * How the rate depends on a matrix of A rows and B columns: `'original'` multiplies it by `sqrt(max(1, A / B))`,
   * `'match_rms_adamw'` by `0.2 * sqrt(max(A, B))`, so that rates tuned for AdamW serve. null is `'original'`.
   */
  adjustLrFn: 'original' | 'match_rms_adamw' | null;
}

interface MuonState extends ParamState {
  momentumBuffer: Tensor;
}

const defaults: MuonOptions = {
  lr: 1e-3,
  weightDecay: 0.1,
  momentum: 0.95,
  nesterov: true,
  nsCoefficients: [3.4445, -4.775, 2.0315],
  eps: 1e-7,
  nsSteps: 5,
  adjustLrFn: null,
};

type MuonArguments = Trailing<
  [
    lr: Quantity,
    weightDecay: number,
    momentum: number,
    nesterov: boolean,
    nsCoefficients: Coefficients,
    eps: number,
    nsSteps: number,
    adjustLrFn: MuonOptions['adjustLrFn'],
  ],
  Partial<MuonOptions>
>;

/** A matrix's nearest orthogonal one, roughly, in bfloat16, by steps of Newton and Schulz. */
function orthogonalized(matrix: Tensor, { nsCoefficients, nsSteps, eps }: MuonOptions): Tensor {
  const [a, b, c] = nsCoefficients;
  const [rows, columns] = matrix.shape as [number, number];
  let result = matrix.bfloat16();
  if (rows > columns) result = result.t();
  result.div_(result.norm().clamp({ min: eps }));
  for (let i = 0; i < nsSteps; i++) {
    const gram = result.matmul(result.t());
    const update = addmm(gram, gram, gram, { beta: b, alpha: c });
    result = addmm(result, update, result, { beta: a });
  }
  return rows > columns ? result.t() : result;
}

function adjustment(fn: MuonOptions['adjustLrFn'], [rows, columns]: [number, number]): number {
  return fn === 'match_rms_adamw' ? 0.2 * Math.sqrt(Math.max(rows, columns)) : Math.sqrt(Math.max(1, rows / columns));
}

/**
 * Momentum, orthogonalized (Jordan 2024; `torch.optim.Muon`): for the matrices of hidden layers; biases and embeddings are
 * left to another optimizer.
 *
 * @example
 * const matrices = [...model.parameters()].filter((each) => each.ndim === 2);
 * const optimizer = new optim.Muon(matrices, { lr: 0.02 });
 */
export class Muon extends Optimizer<MuonOptions, MuonState> {
  constructor(params: OptimizerParams<MuonOptions>, ...rest: MuonArguments) {
    const names = 'lr weightDecay momentum nesterov nsCoefficients eps nsSteps adjustLrFn'.split(' ');
    super(params, readTrailing('Muon', names as (keyof MuonOptions)[], rest, defaults));
  }

  override addParamGroup(input: ParamGroupInput<MuonOptions>): void {
    super.addParamGroup(input);
    for (const { shape } of this.paramGroups.at(-1)?.params ?? []) {
      if (shape.length !== 2)
        throw new ShapeError(`Muon: params must be matrices, got the shape [${shape.join(', ')}]`);
    }
  }

  protected check({ weightDecay, momentum, nsCoefficients, nsSteps, adjustLrFn }: MuonOptions): void {
    expectNotNegative('Muon: momentum', momentum);
    expectNotNegative('Muon: weightDecay', weightDecay);
    if (!Array.isArray(nsCoefficients) || nsCoefficients.length !== 3) {
      throw new TypeError(`Muon: nsCoefficients must be three numbers, got ${describeValue(nsCoefficients)}`);
    }
    if (expectCount('Muon: nsSteps', nsSteps) >= 100) {
      throw new RangeError(`Muon: nsSteps must be below 100, got ${nsSteps}`);
    }
    if (adjustLrFn !== null && adjustLrFn !== 'original' && adjustLrFn !== 'match_rms_adamw') {
      throw new RangeError(
        `Muon: adjustLrFn must be 'original', 'match_rms_adamw' or null, got ${describeValue(adjustLrFn)}`,
      );
    }
  }

  protected update(group: ParamGroup<MuonOptions>, params: Tensor[], grads: Tensor[]): void {
    const { lr, weightDecay, momentum, nesterov, adjustLrFn } = group;
    for (const [i, param] of params.entries()) {
      const grad = grads[i] as Tensor;
      if (isComplexDType(param.dtype)) throw new DTypeError(`Muon: params must be real, got ${param.dtype}`);
      const { momentumBuffer } = this.stateOf(param, grad, () => ({ momentumBuffer: zerosLike(grad) }));
      momentumBuffer.lerp_(grad, 1 - momentum);
      const update = orthogonalized(nesterov ? grad.lerp(momentumBuffer, momentum) : momentumBuffer, group);
      param.mul_(numberOf(sub(1, mul(lr, weightDecay))));
      const rate = mul(lr, adjustment(adjustLrFn, param.shape as [number, number]));
      param.add_(update, { alpha: -numberOf(rate) });
    }
  }
}
