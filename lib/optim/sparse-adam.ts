/** Adam for sparse gradients. */

import { isComplexDType } from '../dtype.ts';
import { DTypeError } from '../errors.ts';
import { zerosLike } from '../generated/torch.ts';
import { readTrailing, type Trailing } from '../nn/arguments.ts';
import type { Tensor } from '../tensor.ts';
import { biasCorrection } from './bias-correction.ts';
import { Optimizer, type OptimizerParams, type ParamState } from './optimizer.ts';
import { expectBetas, type OptimizerOptions } from './options.ts';
import type { ParamGroup, ParamGroupInput } from './param-group.ts';
import { div, mul, numberOf, type Quantity } from './quantity.ts';
import { valuesOf, withValues } from './sparse-gradient.ts';

export interface SparseAdamOptions extends OptimizerOptions {
  /** Decay of the running means of gradients and of their squares; `[0.9, 0.999]` by default. */
  betas: readonly [number, number];
  /** Added to the denominator; 1e-8 by default. */
  eps: number;
  /** Ascends instead of descending. */
  maximize: boolean;
}

interface SparseAdamState extends ParamState {
  step: number;
  expAvg: Tensor;
  expAvgSq: Tensor;
}

const defaults: SparseAdamOptions = { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, maximize: false };

type SparseAdamArguments = Trailing<
  [lr: Quantity, betas: readonly [number, number], eps: number, maximize: boolean],
  Partial<SparseAdamOptions>
>;

/**
 * Adam that changes means and parameters only where a sparse gradient has values (`torch.optim.SparseAdam`): for dense
 * parameters such as `nn.Embedding(…, { sparse: true }).weight`.
 *
 * @example
 * const optimizer = new optim.SparseAdam(embedding.parameters(), { lr: 1e-3 });
 */
export class SparseAdam extends Optimizer<SparseAdamOptions, SparseAdamState> {
  constructor(params: OptimizerParams<SparseAdamOptions>, ...rest: SparseAdamArguments) {
    super(params, readTrailing('SparseAdam', ['lr', 'betas', 'eps', 'maximize'], rest, defaults));
  }

  override addParamGroup(input: ParamGroupInput<SparseAdamOptions>): void {
    super.addParamGroup(input);
    for (const param of this.paramGroups.at(-1)?.params ?? []) {
      if (param.isSparse) throw new TypeError('SparseAdam: params must be dense, got a sparse one');
      if (isComplexDType(param.dtype)) throw new DTypeError(`SparseAdam: params must be real, got ${param.dtype}`);
    }
  }

  override get stepIsTensor(): boolean {
    return false;
  }

  protected check({ lr, betas, eps }: SparseAdamOptions): void {
    if (!(numberOf(lr) > 0)) throw new RangeError(`SparseAdam: lr must be above 0, got ${numberOf(lr)}`);
    if (!(eps > 0)) throw new RangeError(`SparseAdam: eps must be above 0, got ${eps}`);
    expectBetas('SparseAdam: betas', betas);
  }

  protected update(group: ParamGroup<SparseAdamOptions>, params: Tensor[], grads: Tensor[]): void {
    for (const [i, param] of params.entries()) {
      const grad = grads[i] as Tensor;
      if (!grad.isSparse) {
        throw new TypeError('SparseAdam: gradients must be sparse, got a dense one; Adam takes dense ones');
      }
      const make = () => ({ step: 0, expAvg: zerosLike(param), expAvgSq: zerosLike(param) });
      const state = this.stateOf(param, grad, make, true);
      state.step++;
      move(group, param, (group.maximize ? grad.neg() : grad).coalesce(), state);
    }
  }
}

function move({ lr, betas, eps }: SparseAdamOptions, param: Tensor, grad: Tensor, state: SparseAdamState): void {
  const values = valuesOf(grad);
  if (values.numel() === 0) return;
  const { step, expAvg, expAvgSq } = state;
  const [beta1, beta2] = betas;
  const oldMeans = valuesOf(expAvg.sparseMask(grad));
  const means = values.sub(oldMeans).mul_(1 - beta1);
  expAvg.add_(withValues(grad, means));
  const oldSquares = valuesOf(expAvgSq.sparseMask(grad));
  const squares = values
    .pow(2)
    .sub_(oldSquares)
    .mul_(1 - beta2);
  expAvgSq.add_(withValues(grad, squares));
  means.add_(oldMeans);
  squares.add_(oldSquares).sqrt_().add_(eps);
  const size = div(mul(lr, Math.sqrt(biasCorrection(step, beta2))), biasCorrection(step, beta1));
  means.div_(squares);
  param.add_(withValues(grad, typeof size === 'number' ? means.mul(-size) : means.mul(size.neg())));
}
