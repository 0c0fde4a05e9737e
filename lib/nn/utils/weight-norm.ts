/** The older form of weight normalisation, by a hook. */

import { noGrad } from '../../autograd/modes.ts';
import { describeValue } from '../../errors.ts';
import { normExceptDim } from '../../generated/torch.ts';
import { keep, scope } from '../../scope.ts';
import type { Tensor } from '../../tensor.ts';
import { readTrailing, type Trailing } from '../arguments.ts';
import { fieldOf } from '../fields.ts';
import type { Module } from '../module.ts';
import { Parameter } from '../parameter.ts';
import { unregister } from '../registry.ts';
import { composeWeight, readWeightNorm, type WeightNormOptions } from './parametrizations/weight-norm.ts';
import { expectNotRecomputed, recomputeBeforeCalls, stopRecomputing } from './recomputed.ts';

/**
 * Makes a weight of the parameters `weight_g`, its length, and `weight_v`, its direction, before each call
 * (`torch.nn.utils.weight_norm`). `parametrizations.weightNorm` is the newer form.
 *
 * @throws RangeError if the module has no such parameter, or one that is normalised already.
 */
export function weightNorm<M extends Module>(
  module: M,
  ...rest: Trailing<[name: string, dim: number | null], WeightNormOptions>
): M {
  const where = 'weightNorm';
  const options = readWeightNorm(where, rest);
  const { name } = options;
  const dim = options.dim ?? -1;
  expectNotRecomputed(where, module, name);
  const weight = fieldOf(module, name);
  if (!(weight instanceof Parameter)) {
    throw new RangeError(`${where}: ${module.constructor.name} has no parameter ${describeValue(name)}`);
  }
  const compute = (each: Module) =>
    composeWeight(fieldOf(each, `${name}_v`) as Tensor, fieldOf(each, `${name}_g`) as Tensor, dim);
  unregister(module, name);
  const length = noGrad(() => scope(() => new Parameter(normExceptDim(weight, 2, dim))));
  module.registerParameter(`${name}_g`, length);
  module.registerParameter(`${name}_v`, new Parameter(weight));
  Reflect.set(module, name, keep(compute(module)));
  recomputeBeforeCalls(where, module, name, compute, () => {
    const value = noGrad(() => scope(() => new Parameter(compute(module))));
    for (const each of [name, `${name}_g`, `${name}_v`]) unregister(module, each);
    Reflect.set(module, name, value);
  });
  return module;
}

/** Makes a weight that `weightNorm` normalised a parameter again (`torch.nn.utils.remove_weight_norm`). */
export function removeWeightNorm<M extends Module>(module: M, ...rest: Trailing<[name: string], { name?: string }>): M {
  const { name } = readTrailing('removeWeightNorm', ['name'], rest, { name: 'weight' });
  stopRecomputing('removeWeightNorm', 'weightNorm', module, name);
  return module;
}
