/** Modules in a list. */

import { type Module, missForward } from './module.ts';
import { printRun } from './module-printing.ts';
import { ModuleSequence } from './module-sequence.ts';

/**
 * Modules by position, without a `forward` (`torch.nn.ModuleList`): a plain array of modules would not be found.
 *
 * @throws TypeError if something is not a module.
 * @example
 * class Net extends nn.Module {
 *   layers = new nn.ModuleList([new nn.Linear(4, 4), new nn.Linear(4, 4)]);
 *   forward(x: Tensor) {
 *     for (const layer of this.layers) x = layer(x);
 *     return x;
 *   }
 * }
 */
export class ModuleList<M extends Module = Module> extends ModuleSequence<M> {
  constructor(modules?: Iterable<M> | null) {
    super();
    if (modules != null) this.extend(modules);
  }

  /** The modules from `start` up to `end`, as another list. */
  slice(start?: number, end?: number): ModuleList<M> {
    return new ModuleList([...this].slice(start, end));
  }

  /** The modules of both, as another list (`ModuleList.__add__`). */
  add(other: Iterable<M>): ModuleList<M> {
    return new ModuleList([...this, ...other]);
  }

  /** A list has none. @throws TorchError always. */
  forward(): never {
    return missForward(this);
  }

  /** As Python prints it: modules in a row that print alike stand once. */
  override toString(): string {
    return printRun(this.constructor.name, [...this].map(String));
  }
}
