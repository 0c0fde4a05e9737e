/** Moves a module's parameters, gradients and buffers to another dtype or device, in place. */

import { noGrad } from '../autograd/modes.ts';
import type { DeviceLike } from '../device.ts';
import { type DType, dtypeCode, expectDType, isComplexDType, isFloatingDType } from '../dtype.ts';
import { emptyLike } from '../generated/torch.ts';
import { overloadFunction } from '../operator.ts';
import { keep, scope } from '../scope.ts';
import { Tensor } from '../tensor.ts';
import type { MemoryFormat } from '../types.ts';
import { readTrailing } from './arguments.ts';
import { ownBuffers, ownParameters } from './fields.ts';
import type { Module } from './module.ts';
import { Parameter } from './parameter.ts';

/** Where and as what `Module.to` moves parameters and buffers; only floating and complex ones change their dtype. */
export interface ModuleToOptions {
  dtype?: DType;
  device?: DeviceLike;
  nonBlocking?: boolean;
  /** How parameters and buffers of four and five dimensions lie, such as `'channels_last'`. */
  memoryFormat?: MemoryFormat;
}

/** Where `Module.toEmpty` makes parameters and buffers anew. */
export interface ToEmptyOptions {
  device: DeviceLike | null;
  /** Whether submodules are among them; true by default. */
  recurse?: boolean;
}

type Compatible = (tensor: Tensor, other: Tensor) => boolean;
const canHold = overloadFunction('aten', '_has_compatible_shallow_copy_type', '') as Compatible;

/**
 * Applies a conversion to every parameter, gradient and buffer. Parameters stay the same objects wherever libtorch can
 * give them other data; on the way to and from `meta` new ones take their fields.
 */
function convert(module: Module, conversion: (tensor: Tensor) => Tensor, recurse = true): void {
  const converted = new Map<Parameter, Parameter>();
  const replace = (parameter: Parameter): Parameter => {
    const { grad } = parameter;
    const data = conversion(parameter);
    const inPlace = data === parameter || canHold(parameter, data);
    const result = inPlace ? parameter : new Parameter(data, parameter.requiresGrad);
    if (inPlace && data !== parameter) parameter.data = data;
    if (grad === null) return result;
    const gradient = conversion(grad);
    if (!inPlace) result.grad = gradient;
    else if (gradient !== grad) grad.data = gradient;
    return result;
  };
  noGrad(() =>
    scope(() => {
      for (const each of recurse ? module.modules() : [module]) {
        for (const [name, parameter] of ownParameters(each)) {
          const result = converted.get(parameter) ?? replace(parameter);
          converted.set(parameter, result);
          if (result !== parameter) Reflect.set(each, name, result);
        }
        for (const [name, buffer] of ownBuffers(each)) Reflect.set(each, name, keep(conversion(buffer)));
      }
    }),
  );
}

/** Casts floating parameters and buffers, as `module.half()` does. */
export function castFloating(module: Module, dtype: DType): void {
  convert(module, (tensor) => (isFloatingDType(tensor.dtype) ? tensor.to(dtype) : tensor));
}

/** Casts everything, as `module.type(dtype)` does. */
export function castAll(module: Module, dtype: DType): void {
  const wanted = expectDType('type: dtype', dtype);
  convert(module, (tensor) => tensor.to(wanted));
}

/** New memory for everything, as `module.toEmpty` does. */
export function emptyOn(module: Module, options: ToEmptyOptions): void {
  const { device, recurse } = readTrailing('toEmpty', [], [options], {
    device: null,
    recurse: true,
  } as Required<ToEmptyOptions>);
  convert(module, (tensor) => emptyLike(tensor, device === null ? {} : { device }), recurse);
}

/** `module.to` in all its forms. */
export function moveTo(
  module: Module,
  target: DType | DeviceLike | Tensor | ModuleToOptions,
  dtypeOrNonBlocking: DType | boolean | null | undefined,
  nonBlocking: boolean | undefined,
): void {
  const options: ModuleToOptions = { nonBlocking };
  if (target instanceof Tensor) {
    options.dtype = target.dtype;
    options.device = target.device;
  } else if (typeof target === 'object' && target !== null) Object.assign(options, target);
  else if (dtypeCode(target) !== undefined) options.dtype = target as DType;
  else options.device = target as DeviceLike;
  if (typeof dtypeOrNonBlocking === 'boolean') options.nonBlocking = dtypeOrNonBlocking;
  else if (dtypeOrNonBlocking != null) options.dtype = dtypeOrNonBlocking;
  const { dtype, memoryFormat, ...where } = options;
  const whereFor = (tensor: Tensor) =>
    memoryFormat !== undefined && (tensor.ndim === 4 || tensor.ndim === 5) ? { ...where, memoryFormat } : where;
  if (dtype === undefined) {
    convert(module, (tensor) => tensor.to(whereFor(tensor)));
    return;
  }
  const wanted = expectDType('to: dtype', dtype);
  if (!isFloatingDType(wanted) && !isComplexDType(wanted)) {
    throw new TypeError(`to: dtype must be floating or complex for a module, got ${wanted}`);
  }
  convert(module, (tensor) => {
    const own = tensor.dtype;
    const changes = isFloatingDType(own) || isComplexDType(own);
    return tensor.to(changes ? { ...whereFor(tensor), dtype: wanted } : whereFor(tensor));
  });
}
