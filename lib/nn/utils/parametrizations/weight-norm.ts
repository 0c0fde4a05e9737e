/** Weights as a length and a direction. */

import { normExceptDim } from '../../../generated/torch.ts';
import { overloadFunction } from '../../../operator.ts';
import type { Tensor } from '../../../tensor.ts';
import { readTrailing, type Trailing } from '../../arguments.ts';
import { Module } from '../../module.ts';
import { type Parametrized, registerParametrization } from '../parametrize/register.ts';

/** A weight of lengths and directions (`torch._weight_norm`). */
export const composeWeight = overloadFunction('aten', '_weight_norm', '') as (
  direction: Tensor,
  length: Tensor,
  dim: number,
) => Tensor;

/** Printed by this name, which is Python's. */
class _WeightNorm extends Module {
  dim: number;

  constructor(dim: number | null) {
    super();
    this.dim = dim ?? -1;
  }

  forward(length: Tensor, direction: Tensor): Tensor {
    return composeWeight(direction, length, this.dim);
  }

  rightInverse(weight: Tensor): Tensor[] {
    return [normExceptDim(weight, 2, this.dim), weight];
  }
}

export interface WeightNormOptions {
  /** The tensor's name; `'weight'` by default. */
  name?: string;
  /** The dimension that has a length for each of its places, null for one length in all; 0 by default. */
  dim?: number | null;
}

/** `name` and `dim` by position or name. */
export function readWeightNorm(where: string, rest: readonly unknown[]): Required<WeightNormOptions> {
  return readTrailing(where, ['name', 'dim'], rest, { name: 'weight', dim: 0 } as Required<WeightNormOptions>);
}

/**
 * Parametrises a weight by its length, `original0`, and its direction, `original1` (Salimans and Kingma 2016,
 * `torch.nn.utils.parametrizations.weight_norm`). State dicts of the older `nn.utils.weightNorm` can be loaded.
 *
 * @throws RangeError if the module has no such tensor.
 * @example
 * const layer = nn.utils.parametrizations.weightNorm(new nn.Linear(20, 40));
 */
export function weightNorm<M extends Module>(
  module: M,
  ...rest: Trailing<[name: string, dim: number | null], WeightNormOptions>
): M & Parametrized {
  const { name, dim } = readWeightNorm('weightNorm', rest);
  const parametrized = registerParametrization(module, name, new _WeightNorm(dim), { unsafe: true });
  module.registerLoadStateDictPreHook((_, state, prefix) => {
    const old = [`${prefix}${name}_g`, `${prefix}${name}_v`];
    if (!old.every((key) => state.has(key))) return;
    for (const [i, key] of old.entries()) {
      state.set(`${prefix}parametrizations.${name}.original${i}`, state.get(key));
      state.delete(key);
    }
  });
  return parametrized;
}
