/** The part of a module that finds its parameters, buffers and submodules. */

import { describeValue } from '../errors.ts';
import { Tensor } from '../tensor.ts';
import { fieldOf, ownBuffers, ownModules, ownParameters, walkMembers, walkModules } from './fields.ts';
import { Hookable } from './hookable.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';
import { registryOf } from './registry.ts';

/** Iteration over a module and all below it, and access by dotted name. */
export abstract class ModuleTree extends Hookable {
  /** Parameters with their dotted names, each once; `recurse` is whether those of submodules are among them. */
  namedParameters(
    this: Module,
    prefix = '',
    recurse = true,
    removeDuplicate = true,
  ): IterableIterator<[string, Parameter]> {
    return walkMembers(this, ownParameters, prefix, recurse, removeDuplicate);
  }

  /** Parameters, each once, for an optimizer. */
  *parameters(this: Module, recurse = true): IterableIterator<Parameter> {
    for (const [, parameter] of this.namedParameters('', recurse)) yield parameter;
  }

  /** Buffers with their dotted names. */
  namedBuffers(this: Module, prefix = '', recurse = true, removeDuplicate = true): IterableIterator<[string, Tensor]> {
    return walkMembers(this, ownBuffers, prefix, recurse, removeDuplicate);
  }

  *buffers(this: Module, recurse = true): IterableIterator<Tensor> {
    for (const [, buffer] of this.namedBuffers('', recurse)) yield buffer;
  }

  /** Direct submodules with their names, each once. */
  *namedChildren(this: Module): IterableIterator<[string, Module]> {
    const seen = new Set<Module>();
    for (const [name, child] of ownModules(this)) {
      if (seen.has(child)) continue;
      seen.add(child);
      yield [name, child];
    }
  }

  *children(this: Module): IterableIterator<Module> {
    for (const [, child] of this.namedChildren()) yield child;
  }

  /** This module, named `prefix`, and all below it with their dotted names; shared ones once. */
  namedModules(this: Module, prefix = '', removeDuplicate = true): IterableIterator<[string, Module]> {
    return walkModules(this, prefix, removeDuplicate);
  }

  *modules(this: Module, removeDuplicate = true): IterableIterator<Module> {
    for (const [, module] of this.namedModules('', removeDuplicate)) yield module;
  }

  /** The submodule of a dotted name, this one for `''`. @throws RangeError where there is none. */
  getSubmodule(this: Module, target: string): Module {
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

  /**
   * Puts a module at a dotted name, in place of the one that is there (`Module.set_submodule`).
   * @param strict whether there must be one.
   * @throws RangeError where the name is empty, leads nowhere, or is that of something else.
   */
  setSubmodule(this: Module, target: string, module: Module, strict = false): void {
    if (!(module instanceof Module)) {
      throw new TypeError(`setSubmodule: module must be a Module, got ${describeValue(module)}`);
    }
    if (target === '') throw new RangeError('setSubmodule: target must name a submodule, got an empty string');
    const [owner, name] = locate(this, target);
    const before = fieldOf(owner, name);
    if (before === undefined ? strict : !(before instanceof Module)) {
      throw new RangeError(`setSubmodule: ${owner.constructor.name} has no module ${name}, got '${target}'`);
    }
    if (before === undefined) owner.registerModule(name, module);
    else Reflect.set(owner, name, module);
  }

  /** The parameter of a dotted name. @throws RangeError where there is none. */
  getParameter(this: Module, target: string): Parameter {
    const value = fieldOf(...locate(this, target));
    if (!(value instanceof Parameter)) throw new RangeError(`getParameter: there is no parameter '${target}'`);
    return value;
  }

  /** The buffer of a dotted name. @throws RangeError where there is none. */
  getBuffer(this: Module, target: string): Tensor {
    const [owner, name] = locate(this, target);
    const value = fieldOf(owner, name);
    if (!(value instanceof Tensor) || !registryOf(owner).buffers.has(name)) {
      throw new RangeError(`getBuffer: there is no buffer '${target}'`);
    }
    return value;
  }
}

/** The module that holds what a dotted name means, and its name there. */
function locate(module: Module, target: string): [owner: Module, name: string] {
  const dot = target.lastIndexOf('.');
  return [module.getSubmodule(dot < 0 ? '' : target.slice(0, dot)), target.slice(dot + 1)];
}
