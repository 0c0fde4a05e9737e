/** Adafactor. */

import { type DType, isComplexDType } from '../dtype.ts';
import { DTypeError, describeValue } from '../errors.ts';
import { zeros, zerosLike } from '../generated/torch.ts';
import { readTrailing, type Trailing } from '../nn/arguments.ts';
import type { Tensor } from '../tensor.ts';
import { pow } from './libm.ts';
import { Optimizer, type OptimizerParams, type ParamState } from './optimizer.ts';
import { expectNotNegative, type OptimizerOptions } from './options.ts';
import type { ParamGroup } from './param-group.ts';
import { div, mul, numberOf, type Quantity, sub } from './quantity.ts';

export interface AdafactorOptions extends OptimizerOptions {
  /** How fast the decay of the running means nears 1; -0.8 by default. */
  beta2Decay: number;
  /** The least estimate of a variance, null for the dtype's epsilon, and the least scale; `[null, 1e-3]` by default. */
  eps: readonly [number | null, number];
  /** Clips updates at this root mean square; 1 by default. */
  d: number;
  /** Shrinks parameters directly; 0 by default. */
  weightDecay: number;
  /** Whether updates are rounded as PyTorch's formulas for lists round them; null is no. */
  foreach: boolean | null;
  /** Ascends instead of descending. */
  maximize: boolean;
}

interface AdafactorState extends ParamState {
  step: number;
  rowVar?: Tensor;
  colVar?: Tensor;
  variance?: Tensor;
}

const defaults: AdafactorOptions = {
  lr: 1e-2,
  beta2Decay: -0.8,
  eps: [null, 1e-3],
  d: 1,
  weightDecay: 0,
  foreach: null,
  maximize: false,
};

type AdafactorArguments = Trailing<
  [lr: Quantity, beta2Decay: number, eps: readonly [number | null, number], d: number, weightDecay: number],
  Partial<AdafactorOptions>
>;

/** `torch.finfo(dtype).eps`. */
const epsilons: Partial<Record<DType, number>> = {
  float64: 2 ** -52,
  float32: 2 ** -23,
  float16: 2 ** -10,
  bfloat16: 2 ** -7,
};

/**
 * Adam whose second moments of a matrix are kept as one row and one column (Shazeer and Stern 2018;
 * `torch.optim.Adafactor`).
 *
 * @example
 * const optimizer = new optim.Adafactor(model.parameters());
 */
export class Adafactor extends Optimizer<AdafactorOptions, AdafactorState> {
  constructor(params: OptimizerParams<AdafactorOptions>, ...rest: AdafactorArguments) {
    super(params, readTrailing('Adafactor', ['lr', 'beta2Decay', 'eps', 'd', 'weightDecay'], rest, defaults));
  }

  protected override printsFloat(key: string, value: unknown): boolean {
    return key === 'weight_decay' || super.printsFloat(key, value);
  }

  protected check({ beta2Decay, eps, d, weightDecay }: AdafactorOptions): void {
    if (typeof beta2Decay !== 'number') {
      throw new TypeError(`Adafactor: beta2Decay must be a number, got ${describeValue(beta2Decay)}`);
    }
    if (!(beta2Decay <= 0)) throw new RangeError(`Adafactor: beta2Decay must be at most 0, got ${beta2Decay}`);
    if (!Array.isArray(eps) || eps.length !== 2) {
      throw new TypeError(`Adafactor: eps must be two numbers, got ${describeValue(eps)}`);
    }
    if (eps[0] !== null) expectNotNegative('Adafactor: eps[0]', eps[0]);
    expectNotNegative('Adafactor: eps[1]', eps[1]);
    if (!(d >= 1)) throw new RangeError(`Adafactor: d must be at least 1, got ${describeValue(d)}`);
    expectNotNegative('Adafactor: weightDecay', weightDecay);
  }

  protected update(group: ParamGroup<AdafactorOptions>, params: Tensor[], grads: Tensor[]): void {
    const { lr, weightDecay, eps, d, beta2Decay, foreach } = group;
    // PyTorch, too, keeps the first dtype's epsilon for all.
    const least = eps[0] ?? epsilons[(params[0] as Tensor).dtype] ?? 0;
    for (const [i, param] of params.entries()) {
      const state = this.#stateOf(param, grads[i] as Tensor);
      state.step++;
      const grad = group.maximize ? (grads[i] as Tensor).neg() : (grads[i] as Tensor);
      const bound = 1 / pow(state.step, 0.5);
      const scale = (param.norm(2).item() as number) / pow(param.numel(), 0.5);
      const size = mul(bound < numberOf(lr) ? bound : lr, Math.max(eps[1], scale));
      if (weightDecay !== 0) param.mul_(numberOf(sub(1, mul(lr, weightDecay))));
      const estimate = estimateVariance(state, grad, pow(state.step, beta2Decay), least);
      const update = estimate
        .clamp_({ min: least * least })
        .rsqrt_()
        .mul_(grad);
      const clipping = Math.max(1, (update.norm(2).item() as number) / (pow(update.numel(), 0.5) * d));
      const factor = -numberOf(div(size, clipping));
      if (foreach === true) param.add_(update.mul_(factor));
      else param.add_(update, { alpha: factor });
    }
  }

  #stateOf(param: Tensor, grad: Tensor): AdafactorState {
    return this.stateOf(param, grad, () => {
      if (isComplexDType(param.dtype)) throw new DTypeError(`Adafactor: params must be real, got ${param.dtype}`);
      const { shape, dtype, device } = grad;
      if (shape.length < 2) return { step: 0, variance: zerosLike(grad) };
      const along = (dim: number) => zeros(shape.with(dim, 1), { dtype, device });
      return { step: 0, rowVar: along(-1), colVar: along(-2) };
    });
  }
}

/** Moves the running means by a share of the gradient's squares; returns a new tensor with the variances. */
function estimateVariance(state: AdafactorState, grad: Tensor, share: number, least: number): Tensor {
  const { rowVar, colVar, variance } = state;
  if (rowVar === undefined || colVar === undefined) {
    return (variance as Tensor).lerp_(grad.mul(grad), share).clone();
  }
  for (const [mean, dim] of [[rowVar, -1] as const, [colVar, -2] as const]) {
    const norm = grad.norm('fro', dim, { keepdim: true });
    mean.lerp_(norm.square_().div_(grad.shape.at(dim) as number), share);
  }
  return rowVar.matmul(colVar).div_(rowVar.mean(-2, true).clamp_({ min: least }));
}
