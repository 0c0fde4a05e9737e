/** The state of several modules as one. */

import { describeValue } from '../errors.ts';
import { stack } from '../generated/torch.ts';
import { Module } from '../nn/module.ts';
import type { Tensor } from '../tensor.ts';

/** Tensors by dotted name, each with a dimension for the modules in front. */
export type ModuleState = [parameters: Map<string, Tensor>, buffers: Map<string, Tensor>];

function stacked(where: string, all: readonly Map<string, Tensor>[]): Map<string, Tensor> {
  const names = [...(all[0]?.keys() ?? [])];
  return new Map(
    names.map((name) => {
      const tensors = all.map((each) => each.get(name) as Tensor);
      const required = tensors.filter((each) => each.requiresGrad).length;
      if (required !== 0 && required !== tensors.length) {
        throw new RangeError(`${where}: ${name} must have the same requiresGrad in all models`);
      }
      const result = stack(tensors);
      return [name, required > 0 ? result.detach().requiresGrad_() : result];
    }),
  );
}

/**
 * Stacks parameters and buffers of modules of one class (`torch.func.stack_module_state`).
 *
 * @throws RangeError for no modules, and for ones of several classes, modes or names that require gradients here and not there.
 */
export function stackModuleState(models: Iterable<Module>): ModuleState {
  const where = 'stackModuleState';
  const list = [...models];
  const [first] = list;
  if (first === undefined) throw new RangeError(`${where}: models must have at least one, got none`);
  for (const [i, each] of list.entries()) {
    if (!((each as unknown) instanceof Module)) {
      throw new TypeError(`${where}: models[${i}] must be a Module, got ${describeValue(each)}`);
    }
    if (each.training !== first.training || each.constructor !== first.constructor) {
      throw new RangeError(`${where}: models must be of one class and all in one mode, of training or evaluation`);
    }
  }
  return [
    stacked(
      where,
      list.map((each) => new Map<string, Tensor>(each.namedParameters())),
    ),
    stacked(
      where,
      list.map((each) => new Map(each.namedBuffers())),
    ),
  ];
}
