/** Forgets gradients: what `Module.zeroGrad` and `Optimizer.zeroGrad` share. */

import { clearGradients } from '../autograd/graph.ts';
import { noGrad } from '../autograd/modes.ts';
import type { Tensor } from '../tensor.ts';

/** Sets gradients to null, or to zero in place and outside of any graph. */
export function zeroGrad(parameters: Iterable<Tensor>, setToNone: boolean): void {
  if (setToNone) {
    clearGradients([...parameters]);
    return;
  }
  for (const parameter of parameters) {
    const { grad } = parameter;
    if (grad === null) continue;
    if (grad.gradFn === null) grad.requiresGrad = false;
    else grad.detach_();
    noGrad(() => grad.zero_());
  }
}
