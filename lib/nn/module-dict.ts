/** Modules by name. */

import { describeValue } from '../errors.ts';
import { type Entries, entriesOf } from './entries.ts';
import { fieldOf, ownModules } from './fields.ts';
import { Module, missForward } from './module.ts';
import { unregister } from './registry.ts';

/**
 * Modules by name, in the order in which they came, without a `forward` (`torch.nn.ModuleDict`). Names are fields, so
 * that one of a method, such as `keys`, cannot be taken.
 *
 * @throws TypeError if something is not a module, or for a name that cannot be taken.
 * @example
 * const heads = new nn.ModuleDict({ age: new nn.Linear(8, 1), species: new nn.Linear(8, 3) });
 * heads.get('age')?.(x);
 */
export class ModuleDict<M extends Module = Module> extends Module {
  constructor(modules?: Entries<M> | ModuleDict<M> | null) {
    super();
    if (modules != null) this.update(modules);
  }

  /** The number of modules. */
  override get length(): number {
    return ownModules(this).length;
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  /** The module of a name, undefined where there is none. */
  get(key: string): M | undefined {
    const module = Object.hasOwn(this, key) ? fieldOf(this, key) : undefined;
    return module instanceof Module ? (module as M) : undefined;
  }

  /** Adds a module, or replaces that of its name. */
  set(key: string, module: M): this {
    if (!((module as unknown) instanceof Module)) {
      throw new TypeError(`${this.constructor.name}: ${key} must be a Module, got ${describeValue(module)}`);
    }
    this.registerModule(key, module);
    return this;
  }

  /** Takes a module out; false where there is none. */
  delete(key: string): boolean {
    const had = this.has(key);
    if (had) unregister(this, key);
    return had;
  }

  /** Takes a module out and returns it. @throws RangeError where there is none. */
  pop(key: string): M {
    const module = this.get(key);
    if (module === undefined) {
      throw new RangeError(`${this.constructor.name}.pop: there is no module ${describeValue(key)}`);
    }
    this.delete(key);
    return module;
  }

  clear(): void {
    for (const key of [...this.keys()]) this.delete(key);
  }

  /** Adds modules from an object, a `Map`, another dict, or pairs of name and module. */
  update(modules: Entries<M> | ModuleDict<M>): void {
    const where = `${this.constructor.name}.update`;
    const entries = modules instanceof ModuleDict ? [...modules.items()] : entriesOf<M>(where, modules);
    for (const [key, module] of entries) this.set(key, module);
  }

  *keys(): IterableIterator<string> {
    for (const [key] of ownModules(this)) yield key;
  }

  *values(): IterableIterator<M> {
    for (const [, module] of ownModules(this)) yield module as M;
  }

  *items(): IterableIterator<[string, M]> {
    yield* ownModules(this) as [string, M][];
  }

  /** Names, as in Python. */
  [Symbol.iterator](): Iterator<string> {
    return this.keys();
  }

  /** A dict has none. @throws TorchError always. */
  forward(): never {
    return missForward(this);
  }
}
