/** Parameters by name. */

import { describeValue, TorchError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { type Entries, entriesOf } from './entries.ts';
import { fieldOf } from './fields.ts';
import { Module } from './module.ts';
import type { Parameter } from './parameter.ts';
import { asParameter } from './parameter-list.ts';
import { printParameters, typeName } from './parameter-printing.ts';
import { unregister } from './registry.ts';

/**
 * Parameters by name (`torch.nn.ParameterDict`). Tensors become parameters, and null holds a place. The order is that in
 * which they came, but those of a plain object are sorted by name, as those of a Python dict are. Names are fields, so
 * that one of a method, such as `keys`, cannot be taken.
 *
 * @throws TypeError if something is not a tensor, or for a name that cannot be taken.
 * @example
 * const scales = new nn.ParameterDict({ left: torch.ones([3]), right: torch.ones([3]) });
 * scales.get('left')?.mul(x);
 */
export class ParameterDict extends Module {
  readonly #keys = new Set<string>();

  constructor(parameters?: Entries<Tensor | null> | ParameterDict | null) {
    super();
    if (parameters != null) this.update(parameters);
  }

  /** The number of parameters. */
  override get length(): number {
    return this.#keys.size;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** The parameter of a name, or `fallback` where there is none. */
  get(key: string, fallback: Parameter | null = null): Parameter | null {
    return this.#keys.has(key) ? (fieldOf(this, key) as Parameter | null) : fallback;
  }

  /** Adds a parameter, or replaces that of its name. */
  set(key: string, value: Tensor | null): this {
    this.registerParameter(key, value === null ? null : asParameter(`ParameterDict: ${key}`, value));
    this.#keys.add(key);
    return this;
  }

  /** Takes a parameter out; false where there is none. */
  delete(key: string): boolean {
    const had = this.#keys.delete(key);
    if (had) unregister(this, key);
    return had;
  }

  /** The parameter of a name, which is `value` from now on where there was none. */
  setdefault(key: string, value: Tensor | null = null): Parameter | null {
    if (!this.#keys.has(key)) this.set(key, value);
    return this.get(key);
  }

  /** Takes a parameter out and returns it. @throws RangeError where there is none. */
  pop(key: string): Parameter | null {
    if (!this.#keys.has(key)) {
      throw new RangeError(`ParameterDict.pop: there is no parameter ${describeValue(key)}`);
    }
    const parameter = this.get(key);
    this.delete(key);
    return parameter;
  }

  /** Takes the last parameter out and returns it with its name. @throws RangeError where there is none. */
  popitem(): [string, Parameter | null] {
    const key = [...this.#keys].at(-1);
    if (key === undefined) throw new RangeError('ParameterDict.popitem: there is no parameter');
    return [key, this.pop(key)];
  }

  clear(): void {
    for (const key of [...this.#keys]) this.delete(key);
  }

  /** Another dict of the same parameters. */
  copy(): ParameterDict {
    return new ParameterDict(this);
  }

  /** Another dict that has `value` for each of `keys`. */
  fromkeys(keys: Iterable<string>, value: Tensor | null = null): ParameterDict {
    return new ParameterDict([...keys].map((key) => [key, value] as const));
  }

  /** Adds parameters from an object, a `Map`, another dict, or pairs of name and parameter. */
  update(parameters: Entries<Tensor | null> | ParameterDict): void {
    if (parameters instanceof ParameterDict) {
      for (const [key, parameter] of parameters.items()) this.set(key, parameter);
      return;
    }
    const entries = entriesOf<Tensor | null>('ParameterDict.update', parameters);
    if (!(Symbol.iterator in parameters)) entries.sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [key, parameter] of entries) this.set(key, parameter);
  }

  keys(): IterableIterator<string> {
    return this.#keys.values();
  }

  *values(): IterableIterator<Parameter | null> {
    for (const key of this.#keys) yield this.get(key);
  }

  *items(): IterableIterator<[string, Parameter | null]> {
    for (const key of this.#keys) yield [key, this.get(key)];
  }

  /** Names, as in Python. */
  [Symbol.iterator](): Iterator<string> {
    return this.keys();
  }

  /** A dict has none. @throws TorchError always. */
  forward(): never {
    throw new TorchError('ParameterDict should not be called.');
  }

  override extraRepr(): string {
    return printParameters(this.items(), typeName);
  }
}
