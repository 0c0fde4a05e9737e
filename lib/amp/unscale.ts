/** Divides the gradients of an optimizer by a scale, and looks for infinite ones. */

import { noGrad } from '../autograd/modes.ts';
import type { DeviceLike } from '../device.ts';
import type { DType } from '../dtype.ts';
import { DTypeError } from '../errors.ts';
import { overloadFunction } from '../operator.ts';
import type { Tensor } from '../tensor.ts';

/** What an optimizer is to a scaler. */
export interface Steppable {
  readonly paramGroups: readonly { readonly params: readonly Tensor[] }[];
  step(): unknown;
}

type UnscaleGrads = (grads: readonly Tensor[], foundInf: Tensor, inverseScale: Tensor) => void;
const unscaleGrads = overloadFunction('aten', '_amp_foreach_non_finite_check_and_unscale_', '') as UnscaleGrads;

const valuesOf = overloadFunction('aten', '_values', '') as (sparse: Tensor) => Tensor;

/** A tensor's copies on other devices, each made once. */
export class Copies {
  readonly byDevice = new Map<DeviceLike, Tensor>();
  readonly #original: Tensor;

  constructor(original: Tensor) {
    this.#original = original;
  }

  on(device: DeviceLike): Tensor {
    let copy = this.byDevice.get(device);
    if (copy === undefined) {
      copy = this.#original.to({ device, nonBlocking: true, copy: true });
      this.byDevice.set(device, copy);
    }
    return copy;
  }
}

/** Unscales gradients in place; returns what was found on each device. */
export function unscale(optimizer: Steppable, inverse: Copies, found: Copies): Tensor[] {
  const gradients = new Map<DeviceLike, Map<DType, Tensor[]>>();
  for (const { params } of optimizer.paramGroups) {
    for (const { grad } of params) {
      if (grad === null) continue;
      if (grad.dtype === 'float16') {
        throw new DTypeError('GradScaler: gradients must not be float16: keep the parameters in float32');
      }
      const values = grad.layout === 'sparse_coo' ? valuesOf(grad) : grad;
      const { device, dtype } = values;
      const byDType = gradients.get(device) ?? new Map<DType, Tensor[]>();
      gradients.set(device, byDType);
      byDType.set(dtype, [...(byDType.get(dtype) ?? []), values]);
    }
  }
  noGrad(() => {
    for (const [device, byDType] of gradients) {
      for (const list of byDType.values()) unscaleGrads(list, found.on(device), inverse.on(device));
    }
  });
  return [...found.byDevice.values()];
}
