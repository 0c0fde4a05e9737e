/** Layers one after the other. */

import type { Tensor } from '../tensor.ts';
import { expectCount } from './arguments.ts';
import type { Layer } from './module.ts';
import { ModuleSequence } from './module-sequence.ts';

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
export class Sequential extends ModuleSequence<Layer> {
  constructor(...layers: Layer[]);
  constructor(layers: Readonly<Record<string, Layer>> | ReadonlyMap<string, Layer>);
  constructor(...layers: unknown[]) {
    super();
    for (const [name, layer] of entriesOf(layers)) this.registerModule(name, layer);
  }

  /** The same layers from `start` up to `end`, as another `Sequential` with their names. */
  slice(start?: number, end?: number): Sequential {
    return new Sequential(new Map(this.entries(start, end)));
  }

  /** The layers of both, named by position (`Sequential.__add__`). */
  add(other: Sequential): Sequential {
    return new Sequential(...this, ...other);
  }

  /** The same layers, and so the same parameters, several times over (`Sequential.__mul__`). */
  mul(times: number): Sequential {
    const layers = [...this];
    return new Sequential(...new Array(expectCount('Sequential.mul: times', times, 1)).fill(layers).flat());
  }

  forward(input: Tensor): Tensor {
    let output = input;
    for (const layer of this) output = layer(output);
    return output;
  }
}
