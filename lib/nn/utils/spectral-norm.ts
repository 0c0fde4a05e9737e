/** The older form of spectral normalisation, by a hook. */

import { noGrad } from '../../autograd/modes.ts';
import { describeValue } from '../../errors.ts';
import { dot, mv } from '../../generated/torch.ts';
import { keep, scope } from '../../scope.ts';
import type { Tensor } from '../../tensor.ts';
import { readTrailing, type Trailing } from '../arguments.ts';
import { fieldOf } from '../fields.ts';
import { normalize } from '../functional/normalize.ts';
import type { Module } from '../module.ts';
import { Parameter } from '../parameter.ts';
import { unregister } from '../registry.ts';
import { asMatrix, readSpectralNorm, type SpectralNormArguments } from './parametrizations/spectral-norm.ts';
import { expectNotRecomputed, recomputeBeforeCalls, stopRecomputing } from './recomputed.ts';

/**
 * Makes a weight of the parameter `weight_orig`, divided by an estimate of its greatest singular value, before each call;
 * the singular vectors are the buffers `weight_u` and `weight_v` (`torch.nn.utils.spectral_norm`).
 * `parametrizations.spectralNorm` is the newer form.
 *
 * @throws RangeError if the module has no such parameter, or one that is normalised already.
 */
export function spectralNorm<M extends Module>(module: M, ...rest: SpectralNormArguments): M {
  const where = 'spectralNorm';
  const { name, nPowerIterations, eps, dim } = readSpectralNorm(where, module, rest);
  expectNotRecomputed(where, module, name);
  const weight = fieldOf(module, name);
  if (!(weight instanceof Parameter)) {
    throw new RangeError(`${where}: ${module.constructor.name} has no parameter ${describeValue(name)}`);
  }
  const unit = (vector: Tensor) => normalize(vector, { dim: 0, eps });
  const compute = (each: Module, iterate: boolean): Tensor => {
    const original = fieldOf(each, `${name}_orig`) as Tensor;
    let u = fieldOf(each, `${name}_u`) as Tensor;
    let v = fieldOf(each, `${name}_v`) as Tensor;
    const matrix = asMatrix(original, dim);
    if (iterate) {
      [u, v] = noGrad(() =>
        scope(() => {
          for (let i = 0; i < nPowerIterations; i++) {
            v.copy_(unit(mv(matrix.t(), u)));
            u.copy_(unit(mv(matrix, v)));
          }
          // Copies, because the next iteration changes the vectors that this computation may need for gradients.
          return [u.clone({ memoryFormat: 'contiguous_format' }), v.clone({ memoryFormat: 'contiguous_format' })];
        }),
      ) as [Tensor, Tensor];
    }
    return original.div(dot(u, mv(matrix, v)));
  };
  const [u, v] = noGrad(() =>
    scope(() => asMatrix(weight, dim).shape.map((size) => unit(weight.newEmpty([size]).normal_(0, 1)))),
  ) as [Tensor, Tensor];
  unregister(module, name);
  module.registerParameter(`${name}_orig`, weight);
  Reflect.set(module, name, keep(weight.data));
  module.registerBuffer(`${name}_u`, u);
  module.registerBuffer(`${name}_v`, v);
  recomputeBeforeCalls(
    where,
    module,
    name,
    (each) => compute(each, each.training),
    () => {
      const value = noGrad(() => scope(() => new Parameter(compute(module, false))));
      for (const each of [name, `${name}_u`, `${name}_v`, `${name}_orig`]) unregister(module, each);
      module.registerParameter(name, value);
    },
  );
  return module;
}

/** Makes a weight that `spectralNorm` normalised a parameter again (`torch.nn.utils.remove_spectral_norm`). */
export function removeSpectralNorm<M extends Module>(
  module: M,
  ...rest: Trailing<[name: string], { name?: string }>
): M {
  const { name } = readTrailing('removeSpectralNorm', ['name'], rest, { name: 'weight' });
  stopRecomputing('removeSpectralNorm', 'spectralNorm', module, name);
  return module;
}
