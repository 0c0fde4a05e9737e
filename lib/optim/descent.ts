/** Where parameters go: their gradients, turned round to ascend, with the penalty of weight decay. */

import { isComplexDType } from '../dtype.ts';
import type { Tensor } from '../tensor.ts';
import { asReal, foreachAdd, foreachMul_, foreachNeg } from './foreach.ts';
import { mul, numberOf, type Quantity, sub } from './quantity.ts';

export interface Descent {
  /** Parameters, as pairs of real numbers where they are complex. */
  readonly params: Tensor[];
  readonly direction: Tensor[];
  /** Gives lists of state the same form. */
  readonly real: (tensors: Tensor[]) => Tensor[];
}

interface Decay {
  readonly lr: Quantity;
  readonly weightDecay: number;
  readonly maximize: boolean;
  readonly decoupledWeightDecay?: boolean;
}

/** Adds the penalty to directions, or shrinks the parameters by it where it is decoupled from them. */
function decayed(group: Decay, params: Tensor[], direction: Tensor[]): Tensor[] {
  if (group.weightDecay === 0) return direction;
  if (group.decoupledWeightDecay !== true) return foreachAdd(direction, params, { alpha: group.weightDecay });
  foreachMul_(params, numberOf(sub(1, mul(group.lr, group.weightDecay))));
  return direction;
}

/**
 * `realFirst` says whether the penalty is added to pairs of real numbers or to the complex ones, which rounds otherwise:
 * PyTorch has both, by optimizer and path.
 */
export function descent(group: Decay, params: Tensor[], grads: Tensor[], realFirst: boolean): Descent {
  const isComplex = params.some((param) => isComplexDType(param.dtype));
  const real = isComplex ? asReal : (tensors: Tensor[]) => tensors;
  const turned = group.maximize ? foreachNeg(grads) : grads;
  if (!isComplex || realFirst) {
    const realParams = real(params);
    return { params: realParams, direction: decayed(group, realParams, real(turned)), real };
  }
  return { direction: real(decayed(group, params, turned)), params: real(params), real };
}
