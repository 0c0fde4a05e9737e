/** Adam with decoupled weight decay. */

import { readTrailing } from '../nn/arguments.ts';
import { Adam, type AdamArguments, type AdamOptions } from './adam.ts';
import type { OptimizerParams } from './optimizer.ts';
import type { OptimizerStateDict } from './state-dict.ts';

export type AdamWOptions = Omit<AdamOptions, 'decoupledWeightDecay'>;

const defaults: AdamWOptions = {
  lr: 1e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 1e-2,
  amsgrad: false,
  maximize: false,
  foreach: null,
  capturable: false,
  differentiable: false,
  fused: null,
};

/**
 * Adam whose weight decay, 0.01 by default, shrinks the parameters and leaves the running means alone (Loshchilov and
 * Hutter 2019; `torch.optim.AdamW`).
 *
 * @example
 * const optimizer = new optim.AdamW(model.parameters(), { lr: 3e-4, fused: true });
 */
export class AdamW extends Adam {
  constructor(params: OptimizerParams<AdamOptions>, ...rest: AdamArguments<AdamWOptions>) {
    const options = readTrailing('AdamW', ['lr', 'betas', 'eps', 'weightDecay', 'amsgrad'], rest, defaults);
    super(params, { ...options, decoupledWeightDecay: true });
  }

  override loadStateDict(state: OptimizerStateDict): void {
    super.loadStateDict(state);
    // State dicts of older versions lack it, and those of Adam say no.
    for (const group of this.paramGroups) group.decoupledWeightDecay = true;
  }
}
