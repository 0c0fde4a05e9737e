/** Tensors from one thread to another, as numbers: `worker.postMessage(torch.share(x))`. */

import { noGrad } from './autograd/modes.ts';
import { describeValue } from './errors.ts';
import { native, words } from './native.ts';
import { scope } from './scope.ts';
import { Tensor, wrap } from './tensor.ts';

/**
 * A number for a tensor over the same memory, to be posted to another thread of this process, which gives it to
 * `receive` once. The memory stays until it is received and disposed there, even if this thread ends before. Both
 * threads see each other's changes in place and must not make them at the same time.
 *
 * @throws TypeError for a tensor that is part of a graph: share `x.detach()`. Leaves keep `requiresGrad`; their
 *   gradients are not shared.
 * @example
 * worker.postMessage(torch.share(batch));
 * // in the worker
 * parentPort.on('message', (number) => { const batch = torch.receive(number); });
 */
export function share(tensor: Tensor): number {
  if (!(tensor instanceof Tensor)) throw new TypeError(`share: expected a Tensor, got ${describeValue(tensor)}`);
  const requiresGrad = tensor.requiresGrad;
  if (requiresGrad && !tensor.isLeaf) {
    throw new TypeError('share: a tensor that was computed with gradients cannot leave its thread; share x.detach()');
  }
  return scope(() => {
    const alias = noGrad(() => tensor.detach());
    if (requiresGrad) alias.requiresGrad = true;
    words[0] = alias.handle;
    native.share();
    return words[0] as number;
  });
}

/**
 * The tensor that another thread gave to `share`.
 *
 * @throws DisposedError if the number was received before or does not come from `share`.
 */
export function receive(shared: number): Tensor {
  if (typeof shared !== 'number') throw new TypeError(`receive: expected a number, got ${describeValue(shared)}`);
  words[0] = shared;
  native.take();
  return wrap(shared);
}
