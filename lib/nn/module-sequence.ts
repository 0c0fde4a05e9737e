/** Modules by position: what `Sequential` and `ModuleList` share. */

import { describeValue } from '../errors.ts';
import { fieldOf } from './fields.ts';
import { Module } from './module.ts';
import { unregister } from './registry.ts';

/** A module whose children stand in a row, named by their positions where nobody names them otherwise. */
export abstract class ModuleSequence<M extends Module> extends Module {
  /** A child by position; assign to positions that there are. */
  [position: number]: M;

  readonly #names: string[] = [];

  override registerModule(name: string, module: Module | null): void {
    if (!(module instanceof Module)) {
      throw new TypeError(`${this.constructor.name}: layer ${name} must be a Module, got ${describeValue(module)}`);
    }
    super.registerModule(name, module);
    if (!this.#names.includes(name)) this.#names.push(name);
  }

  /** The number of children. */
  override get length(): number {
    return this.#names.length;
  }

  /** The child at a position, from the end where it is negative; undefined beyond. */
  at(position: number): M | undefined {
    const name = this.#names.at(position);
    return name === undefined ? undefined : (fieldOf(this, name) as M);
  }

  /** Replaces the child at a position, from the end where it is negative. @throws RangeError beyond. */
  set(position: number, module: M): void {
    this.registerModule(this.#nameAt('set', position), module);
  }

  /** Adds a child at the end, named by its position. */
  append(module: M): this {
    this.registerModule(String(this.length), module);
    return this;
  }

  /** Adds several at the end. */
  extend(modules: Iterable<M>): this {
    if (typeof (modules as Partial<Iterable<M>> | null)?.[Symbol.iterator] !== 'function') {
      throw new TypeError(`${this.constructor.name}.extend: modules must be iterable, got ${describeValue(modules)}`);
    }
    for (const module of [...modules]) this.append(module);
    return this;
  }

  /**
   * Puts a child before a position, from the end where it is negative.
   * @throws RangeError beyond, or where children have names that are no positions.
   */
  insert(position: number, module: M): this {
    const where = `${this.constructor.name}.insert`;
    const { length } = this;
    if (!Number.isSafeInteger(position) || position < -length || position > length) {
      throw new RangeError(`${where}: position must be from ${-length} to ${length}, got ${describeValue(position)}`);
    }
    if (this.#names.some((name, i) => name !== String(i))) {
      throw new RangeError(`${where}: children must be named by position, got [${this.#names.join(', ')}]`);
    }
    const modules = [...this];
    modules.splice(position < 0 ? position + length : position, 0, module);
    for (const [i, each] of modules.entries()) this.registerModule(String(i), each);
    return this;
  }

  /**
   * Takes a child out, from the end where `position` is negative, and returns it; the others are named by their new
   * positions.
   * @throws RangeError beyond.
   */
  pop(position: number): M {
    const gone = this.#nameAt('pop', position);
    const module = fieldOf(this, gone) as M;
    const left = this.#names.filter((name) => name !== gone).map((name) => fieldOf(this, name) as M);
    for (const name of this.#names) unregister(this, name);
    this.#names.length = 0;
    this.extend(left);
    return module;
  }

  [Symbol.iterator](): Iterator<M> {
    return this.#names.map((name) => fieldOf(this, name) as M).values();
  }

  /** Names and children from `start` up to `end`. */
  protected entries(start?: number, end?: number): [string, M][] {
    return this.#names.slice(start, end).map((name) => [name, fieldOf(this, name) as M]);
  }

  #nameAt(where: string, position: number): string {
    const name = Number.isSafeInteger(position) ? this.#names.at(position) : undefined;
    if (name === undefined) {
      const { length } = this;
      throw new RangeError(
        `${this.constructor.name}.${where}: position must be in [${-length}, ${length}), got ${describeValue(position)}`,
      );
    }
    return name;
  }
}
