/** Keeps parametrised tensors from being computed again. */

import { isThenable, keep } from '../../../scope.ts';
import type { Tensor } from '../../../tensor.ts';
import type { Module } from '../../module.ts';

let depth = 0;
let cache = new Map<Module, Map<string, Tensor>>();

/**
 * Runs `body` with each parametrised tensor computed once, when it is first asked for (`torch.nn.utils.parametrize.cached`):
 * for modules that use one several times, such as recurrent ones.
 *
 * @throws TypeError if `body` is async: the cache ends when its function returns.
 * @example
 * const output = nn.utils.parametrize.cached(() => model(x));
 */
export function cached<T>(body: () => T): T {
  depth++;
  try {
    const result = body();
    if (isThenable(result)) throw new TypeError('cached: the function must be synchronous; await first');
    return result;
  } finally {
    depth--;
    if (depth === 0) cache = new Map();
  }
}

/** What `compute` gives for a tensor of a module, or gave before in the same `cached`. */
export function computeOrRecall(module: Module, name: string, compute: () => Tensor): Tensor {
  if (depth === 0) return compute();
  const tensors = cache.get(module) ?? new Map<string, Tensor>();
  cache.set(module, tensors);
  const known = tensors.get(name);
  if (known !== undefined) return known;
  const computed = keep(compute());
  tensors.set(name, computed);
  return computed;
}
