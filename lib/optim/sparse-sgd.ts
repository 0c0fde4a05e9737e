/** Stochastic gradient descent for sparse gradients. */

import { zerosLike } from '../generated/torch.ts';
import { readTrailing, type Trailing } from '../nn/arguments.ts';
import type { Tensor } from '../tensor.ts';
import { Optimizer, type OptimizerParams, type ParamState } from './optimizer.ts';
import { expectNotNegative, type OptimizerOptions } from './options.ts';
import type { ParamGroup } from './param-group.ts';
import { numberOf, type Quantity } from './quantity.ts';
import { rowsOf, valuesOf } from './sparse-gradient.ts';

export interface SparseSgdOptions extends OptimizerOptions {
  /** 0 by default. */
  momentum: number;
  /** L2 penalty of the rows that have a gradient; 0 by default. */
  weightDecay: number;
  /** Looks ahead by one momentum step. */
  nesterov: boolean;
  /** Ascends instead of descending. */
  maximize: boolean;
}

interface SparseSgdState extends ParamState {
  momentumBuffer: Tensor;
}

const defaults: SparseSgdOptions = { lr: 1e-3, momentum: 0, weightDecay: 0, nesterov: false, maximize: false };

type SparseSgdArguments = Trailing<
  [lr: Quantity, momentum: number, weightDecay: number, nesterov: boolean],
  Partial<SparseSgdOptions>
>;

/**
 * Stochastic gradient descent that changes momentum and parameters only in the rows that a sparse gradient has: for dense
 * parameters such as `nn.Embedding(…, { sparse: true }).weight` and `losses.PartialFCLoss`. Rows without a gradient keep
 * their momentum, undecayed, until they have one again, as in insightface's PartialFC. `SGD` with momentum gathers each
 * step's rows in a sparse buffer that only grows.
 *
 * With momentum 0, rows and numbers are those of `SGD`. The momentum is a dense tensor like the parameter.
 *
 * @throws TypeError for a dense gradient, or one that is sparse in more than its rows.
 * @example
 * const optimizer = new optim.SparseSGD(lossFn.parameters(), { lr: 0.1, momentum: 0.9 });
 */
export class SparseSGD extends Optimizer<SparseSgdOptions, SparseSgdState> {
  constructor(params: OptimizerParams<SparseSgdOptions>, ...rest: SparseSgdArguments) {
    super(params, readTrailing('SparseSGD', ['lr', 'momentum', 'weightDecay', 'nesterov'], rest, defaults));
  }

  protected check({ momentum, weightDecay, nesterov }: SparseSgdOptions): void {
    expectNotNegative('SparseSGD: momentum', momentum);
    expectNotNegative('SparseSGD: weightDecay', weightDecay);
    if (nesterov && momentum <= 0) {
      throw new RangeError(`SparseSGD: nesterov needs momentum above 0, got momentum ${momentum}`);
    }
  }

  protected update(group: ParamGroup<SparseSgdOptions>, params: Tensor[], grads: Tensor[]): void {
    const { lr, maximize, momentum, nesterov, weightDecay } = group;
    for (const [i, param] of params.entries()) {
      const grad = expectSparseRows(grads[i] as Tensor);
      const rows = rowsOf(grad);
      let direction = valuesOf(grad);
      if (maximize) direction = direction.neg();
      if (weightDecay !== 0) direction = direction.add(param.index([rows]), { alpha: weightDecay });
      if (momentum !== 0) {
        const make = () => ({ momentumBuffer: zerosLike(param) });
        const { momentumBuffer } = this.stateOf(param, grad, make, true);
        const moved = momentumBuffer.index([rows]).mul_(momentum).add_(direction);
        momentumBuffer.indexCopy_(0, rows, moved);
        direction = nesterov ? direction.add(moved, { alpha: momentum }) : moved;
      }
      param.indexAdd_(0, rows, direction, { alpha: -numberOf(lr) });
    }
  }
}

/** The gradient with each row once, as a copy where that is not so already. */
function expectSparseRows(grad: Tensor): Tensor {
  if (!grad.isSparse) {
    throw new TypeError('SparseSGD: gradients must be sparse, got a dense one; SGD takes dense ones');
  }
  const sparseDim = grad.sparseDim();
  if (sparseDim !== 1) {
    throw new TypeError(`SparseSGD: gradients must be sparse in their rows alone, got one of ${sparseDim} sparse dims`);
  }
  // Those of `embedding` are never marked as coalesced.
  const rows = rowsOf(grad);
  const count = rows.numel();
  const rises =
    count < 2 ||
    rows
      .narrow(0, 1, count - 1)
      .gt(rows.narrow(0, 0, count - 1))
      .all()
      .item() === true;
  return rises ? grad : grad.coalesce();
}
