/** Puts parametrisations on tensors of modules, and takes them off. */

import { noGrad } from '../../../autograd/modes.ts';
import { describeValue } from '../../../errors.ts';
import { scope } from '../../../scope.ts';
import { Tensor } from '../../../tensor.ts';
import { readTrailing, type Trailing } from '../../arguments.ts';
import { fieldOf } from '../../fields.ts';
import { Module } from '../../module.ts';
import { ModuleDict } from '../../module-dict.ts';
import { Parameter } from '../../parameter.ts';
import { registryOf, unregister } from '../../registry.ts';
import { computeOrRecall } from './cached.ts';
import { expectLike, type Parametrization, ParametrizationList, registerTensor } from './parametrization-list.ts';

/** What a module with parametrised tensors has more than before. */
export interface Parametrized {
  parametrizations: ModuleDict<ParametrizationList>;
}

function parametrizationsOf(module: Module): ModuleDict<ParametrizationList> | undefined {
  const value = fieldOf(module, 'parametrizations');
  return value instanceof ModuleDict ? (value as ModuleDict<ParametrizationList>) : undefined;
}

function expectModule(where: string, module: Module): void {
  if (!((module as unknown) instanceof Module)) {
    throw new TypeError(`${where}: module must be a Module, got ${describeValue(module)}`);
  }
}

/** Whether a tensor of a module is parametrised, or any where none is named (`torch.nn.utils.parametrize.is_parametrized`). */
export function isParametrized(module: Module, tensorName?: string | null): boolean {
  expectModule('isParametrized', module);
  const parametrizations = parametrizationsOf(module);
  if (parametrizations === undefined) return false;
  return tensorName == null ? parametrizations.length > 0 : parametrizations.has(tensorName);
}

type ModuleClass = new (...values: never[]) => Module;

/** The class that a module had before (`torch.nn.utils.parametrize.type_before_parametrizations`). */
export function typeBeforeParametrizations(module: Module): ModuleClass {
  const own = module.constructor as ModuleClass;
  return isParametrized(module) ? (Object.getPrototypeOf(own) as ModuleClass) : own;
}

/** Gives a module a class of another name, which it is printed by. */
function renameClass(module: Module): void {
  const base = module.constructor as ModuleClass;
  // Its own methods are none, `forward` included.
  abstract class Renamed extends base {}
  Object.defineProperty(Renamed, 'name', { value: `Parametrized${base.name}` });
  Object.setPrototypeOf(module, Renamed.prototype);
}

function replaceByProperty(module: Module, name: string): void {
  unregister(module, name);
  const listOf = (owner: Module) => parametrizationsOf(owner)?.get(name) as ParametrizationList;
  // Not enumerable, so that it is none of the module's fields any more.
  Object.defineProperty(module, name, {
    configurable: true,
    get(this: Module) {
      return computeOrRecall(this, name, () => listOf(this)());
    },
    set(this: Module, value: Tensor) {
      listOf(this).rightInverse(value);
    },
  });
}

/** Checks a parametrisation that comes after others. */
function expectFits(module: Module, name: string, parametrization: Parametrization): void {
  scope(() => {
    const before = fieldOf(module, name) as Tensor;
    const where = `registerParametrization: without unsafe, what`;
    const after: unknown = parametrization(before);
    expectLike(`${where} the parametrization gives`, after, before);
    const { rightInverse } = parametrization;
    if (rightInverse === undefined) return;
    expectLike(`${where} rightInverse gives`, rightInverse.call(parametrization, after), before);
  });
}

/**
 * Makes a tensor of a module what `parametrization` makes of the original, which becomes
 * `module.parametrizations.weight.original` for one named `weight` (`torch.nn.utils.parametrize.register_parametrization`).
 * Assigning to the tensor sets the original, if the parametrisation has a `rightInverse`. On a tensor that is parametrised,
 * the new one comes behind the others.
 *
 * @param parametrization a module with a `forward` from the original, and perhaps a `rightInverse` to it, or to several.
 * @param options `unsafe` allows for another dtype or shape.
 * @throws RangeError if the module has no such parameter or buffer.
 * @example
 * class Symmetric extends nn.Module {
 *   forward(x: Tensor) {
 *     return x.triu().add(x.triu(1).mT);
 *   }
 * }
 * nn.utils.parametrize.registerParametrization(layer, 'weight', new Symmetric());
 */
export function registerParametrization<M extends Module>(
  module: M,
  tensorName: string,
  parametrization: Parametrization,
  options: { unsafe?: boolean } = {},
): M & Parametrized {
  const where = 'registerParametrization';
  expectModule(where, module);
  const { unsafe } = readTrailing(where, [], [options], { unsafe: false });
  if (!((parametrization as unknown) instanceof Module)) {
    throw new TypeError(`${where}: parametrization must be a Module, got ${describeValue(parametrization)}`);
  }
  parametrization.train(module.training);
  const list = parametrizationsOf(module)?.get(tensorName);
  if (list !== undefined) {
    if (!unsafe) expectFits(module, tensorName, parametrization);
    list.append(parametrization);
    list.unsafe ||= unsafe;
    return module as M & Parametrized;
  }
  const original = Object.hasOwn(module, tensorName) ? fieldOf(module, tensorName) : undefined;
  const isState = original instanceof Parameter || registryOf(module).buffers.has(tensorName);
  if (!(original instanceof Tensor) || !isState) {
    throw new RangeError(
      `${where}: ${module.constructor.name} has no parameter or buffer ${describeValue(tensorName)}`,
    );
  }
  const parametrizations = new ParametrizationList([parametrization], original, unsafe);
  if (!isParametrized(module)) {
    renameClass(module);
    Reflect.set(module, 'parametrizations', new ModuleDict());
  }
  replaceByProperty(module, tensorName);
  parametrizationsOf(module)?.set(tensorName, parametrizations);
  return module as M & Parametrized;
}

/**
 * Makes a parametrised tensor an ordinary one again (`torch.nn.utils.parametrize.remove_parametrizations`).
 *
 * @param leaveParametrized whether it keeps its present value, rather than that of the original; true by default.
 * @throws RangeError if it is not parametrised, or has several originals and is not to keep its value.
 */
export function removeParametrizations<M extends Module>(
  module: M,
  tensorName: string,
  ...rest: Trailing<[leaveParametrized: boolean], { leaveParametrized?: boolean }>
): M {
  const where = 'removeParametrizations';
  const { leaveParametrized } = readTrailing(where, ['leaveParametrized'], rest, { leaveParametrized: true });
  expectModule(where, module);
  const all = parametrizationsOf(module);
  const list = all?.get(tensorName);
  if (all === undefined || list === undefined) {
    throw new RangeError(
      `${where}: ${module.constructor.name} has no parametrised tensor ${describeValue(tensorName)}`,
    );
  }
  const [first] = list.originals as [Tensor];
  let left = first;
  if (list.isTensor) {
    if (leaveParametrized) noGrad(() => scope(() => void first.set_(fieldOf(module, tensorName) as Tensor)));
  } else if (leaveParametrized) {
    const value = fieldOf(module, tensorName) as Tensor;
    left = value.requiresGrad ? new Parameter(value) : value;
  } else {
    throw new RangeError(`${where}: ${tensorName} has several originals, so that it can only keep its value`);
  }
  Reflect.deleteProperty(module, tensorName);
  all.delete(tensorName);
  registerTensor(module, tensorName, left);
  if (isParametrized(module)) return module;
  const own = module.constructor as ModuleClass;
  unregister(module, 'parametrizations');
  Object.setPrototypeOf(module, (Object.getPrototypeOf(own) as ModuleClass).prototype);
  return module;
}

/**
 * Puts the parametrisations of a module's tensors, or of the one that is named, and their originals on another module, too
 * (`torch.nn.utils.parametrize.transfer_parametrizations_and_params`).
 */
export function transferParametrizationsAndParams<M extends Module>(
  fromModule: Module,
  toModule: M,
  tensorName?: string | null,
): M {
  const from = isParametrized(fromModule) ? parametrizationsOf(fromModule) : undefined;
  if (from === undefined) return toModule;
  for (const name of tensorName == null ? [...from.keys()] : [tensorName]) {
    const list = from.get(name);
    if (list === undefined) {
      throw new RangeError(`transferParametrizationsAndParams: ${describeValue(name)} is not parametrised`);
    }
    if (fieldOf(toModule, name) === undefined) {
      toModule.registerParameter(name, new Parameter(fieldOf(fromModule, name) as Tensor));
    }
    for (const each of list) registerParametrization(toModule, name, each);
    const target = parametrizationsOf(toModule)?.get(name) as ParametrizationList;
    const fields = list.isTensor ? ['original'] : Array.from({ length: list.ntensors }, (_, i) => `original${i}`);
    for (const field of fields) Reflect.set(target, field, fieldOf(list, field));
  }
  return toModule;
}
