/** Averaged stochastic gradient descent. */

import { getDefaultDtype, tensor } from '../creation.ts';
import { zerosLike } from '../generated/torch.ts';
import { readTrailing, type Trailing } from '../nn/arguments.ts';
import type { Tensor } from '../tensor.ts';
import { descent } from './descent.ts';
import { foreachAdd, foreachAddcmul_, foreachCopy_, foreachSub } from './foreach.ts';
import { pow } from './libm.ts';
import { Optimizer, type OptimizerParams, type ParamState } from './optimizer.ts';
import { type CapturableOptions, expectNotNegative } from './options.ts';
import type { ParamGroup } from './param-group.ts';
import { add, div, mul, numberOf, type Quantity } from './quantity.ts';

export interface AsgdOptions extends CapturableOptions {
  /** Decay; 1e-4 by default. */
  lambd: number;
  /** Power by which the rate falls; 0.75 by default. */
  alpha: number;
  /** The step at which averaging starts; 1e6 by default. */
  t0: number;
  /** L2 penalty; 0 by default. */
  weightDecay: number;
}

interface AsgdState extends ParamState {
  step: number;
  /** The rate of the next step. */
  eta: Tensor;
  /** The share of the parameter in its average. */
  mu: Tensor;
  /** The average. */
  ax: Tensor;
}

const defaults: AsgdOptions = {
  lr: 1e-2,
  lambd: 1e-4,
  alpha: 0.75,
  t0: 1e6,
  weightDecay: 0,
  foreach: null,
  maximize: false,
  differentiable: false,
  capturable: false,
};

type AsgdArguments = Trailing<
  [
    lr: Quantity,
    lambd: number,
    alpha: number,
    t0: number,
    weightDecay: number,
    foreach: boolean | null,
    maximize: boolean,
    differentiable: boolean,
    capturable: boolean,
  ],
  Partial<AsgdOptions>
>;

/** `base ** exponent`; a tensor's in its dtype. */
function power(base: Quantity, exponent: number): Quantity {
  return typeof base === 'number' ? pow(base, exponent) : base.pow(exponent);
}

function scalarDType(): 'float32' | 'float64' {
  return getDefaultDtype() === 'float64' ? 'float64' : 'float32';
}

/**
 * Averaged stochastic gradient descent (Polyak and Juditsky 1992; `torch.optim.ASGD`). The averages are the `ax` of the
 * state.
 *
 * @example
 * const optimizer = new optim.ASGD(model.parameters(), { lr: 1e-2 });
 */
export class ASGD extends Optimizer<AsgdOptions, AsgdState> {
  constructor(params: OptimizerParams<AsgdOptions>, ...rest: AsgdArguments) {
    const names = 'lr lambd alpha t0 weightDecay foreach maximize differentiable capturable'.split(' ');
    super(params, readTrailing('ASGD', names as (keyof AsgdOptions)[], rest, defaults));
  }

  /** Python writes `t0` as it was given, 1000000.0 by default. */
  protected override printsFloat(key: string, value: unknown): boolean {
    return key === 't0' ? value === defaults.t0 : super.printsFloat(key, value);
  }

  protected check({ weightDecay }: AsgdOptions): void {
    expectNotNegative('ASGD: weightDecay', weightDecay);
  }

  protected update(group: ParamGroup<AsgdOptions>, given: Tensor[], grads: Tensor[]): void {
    const states = given.map((param, i) => this.#stateOf(param, grads[i] as Tensor, group));
    for (const state of states) state.step++;
    const { params, direction, real } = descent(group, given, grads, true);
    const averages = real(states.map((state) => state.ax));
    if (this.usesLists(group, given)) this.#updateLists(group, params, direction, averages, states);
    else {
      for (const [i, param] of params.entries()) {
        const { eta, mu } = states[i] as AsgdState;
        const [rate, average] = [eta.item() as number, averages[i] as Tensor];
        param.mul_(1 - group.lambd * rate);
        param.add_(direction[i] as Tensor, { alpha: -rate });
        if (mu.item() === 1) average.copy_(param);
        else average.add_(param.sub(average).mul_(mu));
      }
    }
    this.#schedule(group, states, this.usesLists(group, given));
  }

  #updateLists(
    { lambd }: AsgdOptions,
    params: Tensor[],
    direction: Tensor[],
    averages: Tensor[],
    states: AsgdState[],
  ): void {
    const moves = foreachAdd(direction, params, { alpha: lambd });
    foreachAddcmul_(
      params,
      moves,
      states.map(({ eta }) => eta),
      -1,
    );
    foreachAddcmul_(
      averages,
      foreachSub(params, averages),
      states.map(({ mu }) => mu),
      1,
    );
  }

  /** Rates and shares of the next step. */
  #schedule({ lr, lambd, alpha, t0 }: AsgdOptions, states: AsgdState[], lists: boolean): void {
    const options = { dtype: scalarDType(), device: 'cpu' } as const;
    const known = new Map<number, { eta: Tensor; mu: Tensor }>();
    for (const { step } of states) {
      if (known.has(step)) continue;
      // For lists PyTorch computes in the dtype of its step, a tensor.
      const count = lists ? tensor(step, options) : step;
      const eta = div(lr, power(add(1, mul(mul(lambd, lr), count)), alpha));
      known.set(step, {
        eta: typeof eta === 'number' ? tensor(eta, options) : eta,
        mu: tensor(1 / Math.max(1, step - t0), options),
      });
    }
    const next = states.map(({ step }) => known.get(step) as { eta: Tensor; mu: Tensor });
    foreachCopy_(
      states.flatMap(({ eta, mu }) => [eta, mu]),
      next.flatMap(({ eta, mu }) => [eta, mu]),
    );
  }

  #stateOf(param: Tensor, grad: Tensor, { lr }: AsgdOptions): AsgdState {
    return this.stateOf(param, grad, () => {
      const options = { dtype: scalarDType(), device: param.device };
      return { step: 0, eta: tensor(numberOf(lr), options), mu: tensor(1, options), ax: zerosLike(param) };
    });
  }
}
