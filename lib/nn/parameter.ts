/** Parameters: the tensors of a module that an optimizer changes. */

import { describeValue } from '../errors.ts';
import { detach } from '../generated/torch.ts';
import { current, outsideScopes, own, scope } from '../scope.ts';
import { Tensor } from '../tensor.ts';

/** A new handle to a tensor's data that nothing frees yet. */
function unownedAlias(data: Tensor): number {
  return scope(() => {
    const alias = detach(data);
    current?.pop();
    return alias.handle;
  });
}

/**
 * A tensor that a module finds among its fields and lists in `parameters()` (`torch.nn.Parameter`). It shares the
 * memory of `data`, requires gradients even where it is made under `noGrad`, and no scope frees it.
 *
 * @throws TypeError if `data` is not a tensor.
 * @example
 * class Scale extends nn.Module {
 *   factor = new nn.Parameter(torch.ones([1]));
 *   forward(x: Tensor) {
 *     return x.mul(this.factor);
 *   }
 * }
 */
export class Parameter extends Tensor {
  constructor(data: Tensor, requiresGrad = true) {
    if (!(data instanceof Tensor)) throw new TypeError(`Parameter: data must be a Tensor, got ${describeValue(data)}`);
    super(unownedAlias(data));
    outsideScopes(() => own(this));
    this.requiresGrad = requiresGrad;
  }

  override toString(): string {
    return `Parameter containing:\n${super.toString()}`;
  }
}
