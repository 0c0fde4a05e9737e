/** A model whose weights are an average of another's. */

import { noGrad } from '../../autograd/modes.ts';
import { tensor } from '../../creation.ts';
import type { DeviceLike } from '../../device.ts';
import { describeValue } from '../../errors.ts';
import { readTrailing, type Trailing } from '../../nn/arguments.ts';
import { deepcopy } from '../../nn/deepcopy.ts';
import { Module } from '../../nn/module.ts';
import { scope } from '../../scope.ts';
import type { Tensor } from '../../tensor.ts';
import { byDeviceAndDtype } from '../foreach.ts';
import { type AvgFn, getSwaAvgFn, getSwaMultiAvgFn, type MultiAvgFn } from './averaging.ts';

export interface AveragedModelOptions {
  /** Where the averages are; null is where the model is. */
  device: DeviceLike | null;
  /** How one tensor is averaged. */
  avgFn: AvgFn | null;
  /** How lists are averaged; equally, if neither is given. */
  multiAvgFn: MultiAvgFn | null;
  /** Averages buffers, too, instead of copying them; false by default. */
  useBuffers: boolean;
}

type AveragedModelArguments = Trailing<
  [device: DeviceLike | null, avgFn: AvgFn | null, multiAvgFn: MultiAvgFn | null, useBuffers: boolean],
  Partial<AveragedModelOptions>
>;

const defaults: AveragedModelOptions = { device: null, avgFn: null, multiAvgFn: null, useBuffers: false };

/**
 * A copy of a model whose weights are averages: of all that `updateParameters` was given (stochastic weight averaging), or
 * exponential ones (`torch.optim.swa_utils.AveragedModel`).
 *
 * @example
 * const ema = new optim.swaUtils.AveragedModel(model, { multiAvgFn: optim.swaUtils.getEmaMultiAvgFn(0.999) });
 * // after each step:
 * ema.updateParameters(model);
 */
export class AveragedModel<M extends Module = Module> extends Module {
  readonly module: M;
  /** How many models were averaged: `[]`, int64. Its name is that of the state dict. */
  n_averaged: Tensor;
  readonly avgFn: AvgFn | null;
  readonly multiAvgFn: MultiAvgFn | null;
  readonly useBuffers: boolean;

  constructor(model: M, ...rest: AveragedModelArguments) {
    super();
    if (!((model as unknown) instanceof Module)) {
      throw new TypeError(`AveragedModel: model must be a Module, got ${describeValue(model)}`);
    }
    const options = readTrailing('AveragedModel', ['device', 'avgFn', 'multiAvgFn', 'useBuffers'], rest, defaults);
    const { device, avgFn, multiAvgFn, useBuffers } = options;
    for (const [name, fn] of Object.entries({ avgFn, multiAvgFn })) {
      if (fn !== null && typeof fn !== 'function') {
        throw new TypeError(`AveragedModel: ${name} must be a function or null, got ${describeValue(fn)}`);
      }
    }
    if (avgFn !== null && multiAvgFn !== null) {
      throw new TypeError('AveragedModel: avgFn and multiAvgFn must not both be given');
    }
    this.module = deepcopy(model);
    if (device !== null) this.module.to(device);
    this.n_averaged = this.registerBuffer(
      'n_averaged',
      tensor(0n, { dtype: 'int64', ...(device === null ? {} : { device }) }),
    );
    this.avgFn = avgFn;
    this.multiAvgFn = multiAvgFn;
    this.useBuffers = useBuffers;
  }

  /** What the averaged model computes. */
  forward(...inputs: Parameters<M['forward']>): ReturnType<M['forward']> {
    return (this.module as unknown as (...values: unknown[]) => unknown)(...inputs) as ReturnType<M['forward']>;
  }

  /** Takes a model's weights into the average; the first ones are copied (`AveragedModel.update_parameters`). */
  updateParameters(model: Module): void {
    noGrad(() => scope(() => average(this, model)));
  }
}

function average(into: AveragedModel, model: Module): void {
  const tensorsOf = (of: Module) => [...of.parameters(), ...(into.useBuffers ? of.buffers() : [])];
  const given = tensorsOf(model);
  const averaged = tensorsOf(into.module)
    .slice(0, given.length)
    .map((each) => each.detach());
  const current = averaged.map((each, i) => (given[i] as Tensor).detach().to(each.device));
  if (into.n_averaged.item() === 0) {
    for (const [i, each] of averaged.entries()) each.copy_(current[i] as Tensor);
  } else {
    for (const { device, positions } of byDeviceAndDtype(averaged)) {
      const olds = positions.map((i) => averaged[i] as Tensor);
      const news = positions.map((i) => current[i] as Tensor);
      const count = into.n_averaged.to(device);
      // By default PyTorch averages lists on accelerators only, with other roundings.
      const isList = into.avgFn === null && (into.multiAvgFn !== null || olds.every((each) => each.isCuda));
      const avgFn = into.avgFn ?? getSwaAvgFn();
      if (isList) (into.multiAvgFn ?? getSwaMultiAvgFn())(olds, news, count);
      else for (const [i, each] of olds.entries()) each.copy_(avgFn(each, news[i] as Tensor, count));
    }
  }
  if (!into.useBuffers) {
    const buffers = [...model.buffers()];
    for (const [i, each] of [...into.module.buffers()].entries()) each.copy_(buffers[i] as Tensor);
  }
  into.n_averaged.add_(1);
}
