/** Layers one after the other. */

import { describeValue } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { fieldOf } from './fields.ts';
import { type Layer, Module } from './module.ts';

function entriesOf(layers: readonly unknown[]): [string, Layer][] {
  const [first] = layers;
  if (layers.length === 1 && typeof first === 'object' && first !== null) {
    return first instanceof Map ? [...first] : Object.entries(first as Record<string, Layer>);
  }
  return layers.map((layer, i) => [String(i), layer as Layer]);
}

/**
 * Feeds each layer's output to the next (`torch.nn.Sequential`). Layers are arguments, named by position, or a `Map` or
 * plain object with names. `model[0]` is the first layer.
 *
 * @throws TypeError if something is not a module.
 * @example
 * const model = new nn.Sequential(new nn.Linear(10, 32), new nn.ReLU(), new nn.Linear(32, 1));
 * const named = new nn.Sequential({ hidden: new nn.Linear(10, 32), out: new nn.Linear(32, 1) });
 */
export class Sequential extends Module {
  /** A layer by position. */
  [position: number]: Layer;

  readonly #names: string[] = [];

  constructor(...layers: Layer[]);
  constructor(layers: Readonly<Record<string, Layer>> | ReadonlyMap<string, Layer>);
  constructor(...layers: unknown[]) {
    super();
    for (const [name, layer] of entriesOf(layers)) this.registerModule(name, layer);
  }

  override registerModule(name: string, module: Module | null): void {
    if (!(module instanceof Module)) {
      throw new TypeError(`Sequential: layer ${name} must be a Module, got ${describeValue(module)}`);
    }
    super.registerModule(name, module);
    if (!this.#names.includes(name)) this.#names.push(name);
  }

  /** The number of layers. */
  override get length(): number {
    return this.#names.length;
  }

  /** The layer at a position, from the end where it is negative; undefined beyond. */
  at(position: number): Layer | undefined {
    const name = this.#names.at(position);
    return name === undefined ? undefined : (fieldOf(this, name) as Layer);
  }

  /** Adds a layer at the end, named by its position. */
  append(layer: Layer): this {
    this.registerModule(String(this.length), layer);
    return this;
  }

  /** The same layers from `start` up to `end`, as another `Sequential` with their names. */
  slice(start?: number, end?: number): Sequential {
    const names = this.#names.slice(start, end);
    return new Sequential(new Map(names.map((name) => [name, fieldOf(this, name) as Layer])));
  }

  *[Symbol.iterator](): Iterator<Layer> {
    for (const name of this.#names) yield fieldOf(this, name) as Layer;
  }

  forward(input: Tensor): Tensor {
    let output = input;
    for (const name of this.#names) output = (fieldOf(this, name) as Layer)(output);
    return output;
  }
}
