/** The base of every neural network module. */

import { inspect } from 'node:util';
import type { DeviceLike } from '../device.ts';
import type { DType } from '../dtype.ts';
import { describeValue, TorchError } from '../errors.ts';
import { keep } from '../scope.ts';
import { Tensor } from '../tensor.ts';
import { castAll, castFloating, emptyOn, type ModuleToOptions, moveTo, type ToEmptyOptions } from './conversion.ts';
import { fieldOf } from './fields.ts';
import { printModule } from './module-printing.ts';
import { ModuleTree } from './module-tree.ts';
import { Parameter } from './parameter.ts';
import { registryOf } from './registry.ts';
import {
  type IncompatibleKeys,
  type LoadOptions,
  loadStateDict,
  type StateDict,
  type StateDictOptions,
  stateDict,
} from './state-dict.ts';
import { zeroGrad } from './zero-grad.ts';

/**
 * The base of every module (`torch.nn.Module`). A subclass is a plain class: parameters and submodules are its fields, in
 * the order in which they stand; `forward` computes, and calling the module runs `forward` and the hooks. The name of a
 * field is its name in the state dict. Private `#fields`, and modules inside arrays, are not found.
 *
 * @example
 * class Net extends nn.Module {
 *   hidden = new nn.Linear(10, 32);
 *   out = new nn.Linear(32, 1);
 *   forward(x: Tensor) {
 *     return this.out(torch.relu(this.hidden(x)));
 *   }
 * }
 * const scores = new Net()(torch.randn([64, 10]));
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: a class cannot declare a call signature itself
export abstract class Module extends ModuleTree {
  /** True in training mode: dropout and normalisation differ. Set by `train` and `eval`. */
  training = true;

  /** Computes the output; what a subclass writes. Call the module, not this, so that hooks run. */
  abstract forward(...inputs: never[]): unknown;

  /**
   * Adds a tensor that is state but no parameter, such as a running mean, as the field `name` (`Module.register_buffer`).
   * @param persistent whether it is part of the state dict.
   * @returns the tensor, so that a field may be set to it.
   * @example
   * class Count extends nn.Module {
   *   count = this.registerBuffer('count', torch.zeros([1]));
   * }
   */
  registerBuffer<T extends Tensor | null>(name: string, tensor: T, persistent = true): T {
    if (tensor !== null && !((tensor as unknown) instanceof Tensor)) {
      throw new TypeError(`registerBuffer: ${name} must be a Tensor or null, got ${describeValue(tensor)}`);
    }
    this.#register('registerBuffer', name, keep(tensor), registryOf(this).buffers.has(name));
    registryOf(this).buffers.set(name, persistent);
    return tensor;
  }

  /** Adds a parameter, or null for one that is not there, as the field `name` (`Module.register_parameter`). */
  registerParameter(name: string, parameter: Parameter | null): void {
    if (parameter !== null && !(parameter instanceof Parameter)) {
      throw new TypeError(`registerParameter: ${name} must be a Parameter or null, got ${describeValue(parameter)}`);
    }
    this.#register('registerParameter', name, parameter, registryOf(this).parameters.has(name));
    registryOf(this).parameters.add(name);
  }

  /** Adds a submodule, or null for one that is not there, as the field `name` (`Module.add_module`). */
  registerModule(name: string, module: Module | null): void {
    if (module !== null && !(module instanceof Module)) {
      throw new TypeError(`registerModule: ${name} must be a Module or null, got ${describeValue(module)}`);
    }
    this.#register('registerModule', name, module, registryOf(this).modules.has(name));
    registryOf(this).modules.add(name);
  }

  /** The same as `registerModule`. */
  addModule(name: string, module: Module | null): void {
    this.registerModule(name, module);
  }

  /** Calls `fn` with every submodule, then with this one; returns it. */
  apply(fn: (module: Module) => void): this {
    for (const child of this.children()) child.apply(fn);
    fn(this);
    return this;
  }

  /** Sets training mode, or evaluation mode with false, here and below. */
  train(mode = true): this {
    if (typeof mode !== 'boolean') throw new TypeError(`train: mode must be a boolean, got ${describeValue(mode)}`);
    this.training = mode;
    for (const child of this.children()) child.train(mode);
    return this;
  }

  eval(): this {
    return this.train(false);
  }

  /**
   * Moves parameters and buffers, in place: the same `Parameter` objects, so an optimizer may be made before; only to and
   * from `meta` there are new ones.
   * @throws TypeError for a dtype that is neither floating nor complex.
   */
  to(dtype: DType, nonBlocking?: boolean): this;
  to(device: DeviceLike, dtype?: DType | null, nonBlocking?: boolean): this;
  to(like: Tensor, nonBlocking?: boolean): this;
  to(options: ModuleToOptions): this;
  to(
    target: DType | DeviceLike | Tensor | ModuleToOptions,
    dtypeOrNonBlocking?: DType | boolean | null,
    nonBlocking?: boolean,
  ): this {
    moveTo(this, target, dtypeOrNonBlocking, nonBlocking);
    return this;
  }

  /** Casts every parameter and buffer, those of integers too (`Module.type`). */
  type(dtype: DType): this {
    castAll(this, dtype);
    return this;
  }

  /** Moves parameters and buffers without their values, which are arbitrary then (`Module.to_empty`). */
  toEmpty(options: ToEmptyOptions): this {
    emptyOn(this, options);
    return this;
  }

  cpu(): this {
    return this.to('cpu');
  }

  cuda(index?: number): this {
    return this.to(index === undefined ? 'cuda' : `cuda:${index}`);
  }

  float(): this {
    castFloating(this, 'float32');
    return this;
  }

  double(): this {
    castFloating(this, 'float64');
    return this;
  }

  half(): this {
    castFloating(this, 'float16');
    return this;
  }

  bfloat16(): this {
    castFloating(this, 'bfloat16');
    return this;
  }

  /** Whether autograd records operations on the parameters: false freezes them. */
  requiresGrad_(requiresGrad = true): this {
    for (const parameter of this.parameters()) parameter.requiresGrad = requiresGrad;
    return this;
  }

  /** Forgets gradients, or sets them to zero. */
  zeroGrad(setToNone = true): void {
    zeroGrad(this.parameters(), setToNone);
  }

  /**
   * Parameters and persistent buffers by PyTorch's names, in PyTorch's order, sharing memory with the module
   * (`Module.state_dict`).
   */
  stateDict(options: StateDictOptions = {}): StateDict {
    return stateDict(this, options);
  }

  /**
   * Copies a state dict, a `Map` or a plain object, into this module (`Module.load_state_dict`).
   * @returns the names that were missing and those that were too many; with `strict` there are none.
   * @throws CheckpointError, with PyTorch's words, where names or shapes differ; then nothing has been copied, unless
   *   there are hooks that run after loading, which may forgive names.
   */
  loadStateDict(state: StateDict | Readonly<Record<string, Tensor>>, options: LoadOptions = {}): IncompatibleKeys {
    return loadStateDict(this, state, options);
  }

  /**
   * State beyond parameters and buffers, for a subclass to give: it stands in the state dict as `_extra_state`
   * (`Module.get_extra_state`). What is no tensor is for files that hold more than tensors.
   */
  getExtraState?(): unknown;

  /** Takes what `getExtraState` gave; a subclass has both or none (`Module.set_extra_state`). */
  setExtraState?(state: unknown): void;

  /** What stands between the parentheses when the module is printed. */
  extraRepr(): string {
    return '';
  }

  /** As Python prints it. */
  override toString(): string {
    return printModule(this);
  }

  #register(where: string, name: string, value: unknown, again: boolean): void {
    if (typeof name !== 'string' || name === '' || name.includes('.')) {
      throw new TypeError(`${where}: name must be a string without dots, got ${describeValue(name)}`);
    }
    if (!again && fieldOf(this, name) !== undefined) {
      throw new TypeError(`${where}: ${this.constructor.name} already has a field or method '${name}'`);
    }
    if (!again) registryOf(this).order.push(name);
    Reflect.set(this, name, value);
  }
}

/** What a module without `forward` does when it is called. */
export function missForward(module: Module): never {
  throw new TorchError(`Module [${module.constructor.name}] is missing the required "forward" function`);
}

export interface Module {
  /** Runs `forward` and the hooks, with the parameters that the class's `forward` has. */
  // biome-ignore lint/style/useShorthandFunctionType: it merges with the class
  (...inputs: Parameters<this['forward']>): ReturnType<this['forward']>;
}

/** A module from one tensor to one tensor: what `Sequential` strings together. */
export interface Layer extends Module {
  forward(input: Tensor): Tensor;
}

Object.defineProperty(Module.prototype, inspect.custom, {
  value: function (this: Module) {
    return this.toString();
  },
  writable: true,
  configurable: true,
});
// For plain JavaScript, which can leave `forward` out.
Object.defineProperty(Module.prototype, 'forward', {
  value: function (this: Module): never {
    return missForward(this);
  },
  writable: true,
  configurable: true,
});
