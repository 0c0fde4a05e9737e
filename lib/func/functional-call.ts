/** A module as a function of its parameters. */

import { describeValue } from '../errors.ts';
import type { Module } from '../nn/module.ts';
import {
  type FunctionalCallOptions,
  type NamedTensors,
  functionalCall as statelessCall,
} from '../nn/utils/functional-call.ts';
import type { Tensor } from '../tensor.ts';

/**
 * `nn.utils.stateless.functionalCall` that takes several dictionaries, too, such as parameters and buffers
 * (`torch.func.functional_call`).
 *
 * @throws RangeError for a name that two of them have.
 * @example
 * const output = torch.func.functionalCall(model, [parameters, buffers], x);
 */
export function functionalCall(
  module: Module,
  parameterAndBufferDicts: NamedTensors | readonly NamedTensors[],
  args?: unknown,
  options?: FunctionalCallOptions,
): unknown {
  if (!Array.isArray(parameterAndBufferDicts)) {
    return statelessCall(module, parameterAndBufferDicts as NamedTensors, args, options);
  }
  const all = new Map<string, Tensor>();
  for (const [i, dict] of (parameterAndBufferDicts as readonly NamedTensors[]).entries()) {
    if (typeof dict !== 'object' || dict === null) {
      throw new TypeError(`functionalCall: dictionary ${i} must be a Map or an object, got ${describeValue(dict)}`);
    }
    for (const [name, tensor] of dict instanceof Map ? dict : Object.entries(dict)) {
      if (all.has(name)) throw new RangeError(`functionalCall: ${name} is in two dictionaries`);
      all.set(name, tensor as Tensor);
    }
  }
  return statelessCall(module, all, args, options);
}
