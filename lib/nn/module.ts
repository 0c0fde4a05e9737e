/** The base of every neural network module. */

import { inspect } from 'node:util';
import type { DeviceLike } from '../device.ts';
import type { DType } from '../dtype.ts';
import { describeValue, TorchError } from '../errors.ts';
import { keep } from '../scope.ts';
import { Tensor } from '../tensor.ts';
import type { FullBackwardHook, FullBackwardPreHook } from './backward-hooks.ts';
import { Callable } from './callable.ts';
import { castFloating, type ModuleToOptions, moveTo } from './conversion.ts';
import { fieldOf, ownBuffers, ownModules, ownParameters, walkMembers, walkModules } from './fields.ts';
import { printModule } from './module-printing.ts';
import { Parameter } from './parameter.ts';
import { type ForwardHook, type ForwardPreHook, type HookHandle, type HookOptions, registryOf } from './registry.ts';
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
export abstract class Module extends Callable {
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

  /** Parameters with their dotted names, each once; `recurse` is whether those of submodules are among them. */
  namedParameters(prefix = '', recurse = true, removeDuplicate = true): IterableIterator<[string, Parameter]> {
    return walkMembers(this, ownParameters, prefix, recurse, removeDuplicate);
  }

  /** Parameters, each once, for an optimizer. */
  *parameters(recurse = true): IterableIterator<Parameter> {
    for (const [, parameter] of this.namedParameters('', recurse)) yield parameter;
  }

  /** Buffers with their dotted names. */
  namedBuffers(prefix = '', recurse = true, removeDuplicate = true): IterableIterator<[string, Tensor]> {
    return walkMembers(this, ownBuffers, prefix, recurse, removeDuplicate);
  }

  *buffers(recurse = true): IterableIterator<Tensor> {
    for (const [, buffer] of this.namedBuffers('', recurse)) yield buffer;
  }

  /** Direct submodules with their names, each once. */
  *namedChildren(): IterableIterator<[string, Module]> {
    const seen = new Set<Module>();
    for (const [name, child] of ownModules(this)) {
      if (seen.has(child)) continue;
      seen.add(child);
      yield [name, child];
    }
  }

  *children(): IterableIterator<Module> {
    for (const [, child] of this.namedChildren()) yield child;
  }

  /** This module, named `prefix`, and all below it with their dotted names; shared ones once. */
  namedModules(prefix = '', removeDuplicate = true): IterableIterator<[string, Module]> {
    return walkModules(this, prefix, removeDuplicate);
  }

  *modules(removeDuplicate = true): IterableIterator<Module> {
    for (const [, module] of this.namedModules('', removeDuplicate)) yield module;
  }

  /** The submodule of a dotted name, this one for `''`. @throws RangeError where there is none. */
  getSubmodule(target: string): Module {
    let module: Module = this;
    for (const name of target === '' ? [] : target.split('.')) {
      const child = Object.hasOwn(module, name) ? fieldOf(module, name) : undefined;
      if (!(child instanceof Module)) {
        throw new RangeError(`getSubmodule: ${module.constructor.name} has no module ${name}, got '${target}'`);
      }
      module = child;
    }
    return module;
  }

  /** The parameter of a dotted name. @throws RangeError where there is none. */
  getParameter(target: string): Parameter {
    const value = this.#member(target);
    if (!(value instanceof Parameter)) throw new RangeError(`getParameter: there is no parameter '${target}'`);
    return value;
  }

  /** The buffer of a dotted name. @throws RangeError where there is none. */
  getBuffer(target: string): Tensor {
    const path = target.lastIndexOf('.');
    const owner = this.getSubmodule(path < 0 ? '' : target.slice(0, path));
    const value = this.#member(target);
    if (!(value instanceof Tensor) || !registryOf(owner).buffers.has(target.slice(path + 1))) {
      throw new RangeError(`getBuffer: there is no buffer '${target}'`);
    }
    return value;
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
   * @throws CheckpointError, with PyTorch's words, where names or shapes differ; then nothing has been copied.
   */
  loadStateDict(state: StateDict | Readonly<Record<string, Tensor>>, options: LoadOptions = {}): IncompatibleKeys {
    return loadStateDict(this, state, options);
  }

  /** Calls `hook` before each `forward` (`Module.register_forward_pre_hook`). */
  registerForwardPreHook<M extends Module>(this: M, hook: ForwardPreHook<M>, options: HookOptions = {}): HookHandle {
    const registry = registryOf(this);
    return registry.addHook('registerForwardPreHook', registry.forwardPreHooks, hook, options.prepend);
  }

  /** Calls `hook` after each `forward` (`Module.register_forward_hook`). */
  registerForwardHook<M extends Module>(this: M, hook: ForwardHook<M>, options: HookOptions = {}): HookHandle {
    const registry = registryOf(this);
    return registry.addHook('registerForwardHook', registry.forwardHooks, hook, options.prepend);
  }

  /**
   * Calls `hook` with the gradients of inputs and outputs once those of the inputs are there
   * (`Module.register_full_backward_hook`). It sees inputs and outputs that are tensors, also in an array of outputs.
   */
  registerFullBackwardHook<M extends Module>(
    this: M,
    hook: FullBackwardHook<M>,
    options: HookOptions = {},
  ): HookHandle {
    const registry = registryOf(this);
    return registry.addHook('registerFullBackwardHook', registry.fullBackwardHooks, hook, options.prepend);
  }

  /** Calls `hook` with the gradients of outputs before they flow back (`Module.register_full_backward_pre_hook`). */
  registerFullBackwardPreHook<M extends Module>(
    this: M,
    hook: FullBackwardPreHook<M>,
    options: HookOptions = {},
  ): HookHandle {
    const registry = registryOf(this);
    return registry.addHook('registerFullBackwardPreHook', registry.fullBackwardPreHooks, hook, options.prepend);
  }

  /** What stands between the parentheses when the module is printed. */
  extraRepr(): string {
    return '';
  }

  /** As Python prints it. */
  override toString(): string {
    return printModule(this);
  }

  #member(target: string): unknown {
    const path = target.lastIndexOf('.');
    return fieldOf(this.getSubmodule(path < 0 ? '' : target.slice(0, path)), target.slice(path + 1));
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
    throw new TorchError(`Module [${this.constructor.name}] is missing the required "forward" function`);
  },
  writable: true,
  configurable: true,
});
