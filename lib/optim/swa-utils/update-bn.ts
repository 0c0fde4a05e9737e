/** Statistics of batch normalisation for averaged weights. */

import { noGrad } from '../../autograd/modes.ts';
import type { DeviceLike } from '../../device.ts';
import { describeValue } from '../../errors.ts';
import { Module } from '../../nn/module.ts';
import { scope } from '../../scope.ts';
import { Tensor } from '../../tensor.ts';

/** A batch: a tensor, or a list that begins with one. */
type Batch = Tensor | readonly [Tensor, ...unknown[]];

interface BatchNorm extends Module {
  momentum: number | null;
  resetRunningStats(): void;
}

/** Batch normalisation has no public base, and instance normalisation, which is left alone, has the same methods. */
function isBatchNorm(module: Module): module is BatchNorm {
  for (let type: object | null = Object.getPrototypeOf(module); type !== null; type = Object.getPrototypeOf(type)) {
    if (/^(Sync)?BatchNorm(\dd)?$/.test(type.constructor.name)) return 'resetRunningStats' in module;
  }
  return false;
}

/** Starts the statistics of a model anew; returns what feeds it batches and what ends it. */
function begin(model: Module, device: DeviceLike | null) {
  const momenta = new Map([...model.modules()].filter(isBatchNorm).map((each) => [each, each.momentum]));
  const wasTraining = model.training;
  for (const each of momenta.keys()) {
    each.resetRunningStats();
    // The mean over all batches.
    each.momentum = null;
  }
  if (momenta.size > 0) model.train();
  return {
    isNeeded: momenta.size > 0,
    feed(batch: Batch) {
      const input = Array.isArray(batch) ? (batch as readonly [Tensor, ...unknown[]])[0] : batch;
      if (!(input instanceof Tensor)) {
        throw new TypeError(`updateBn: a batch must be a tensor or begin with one, got ${describeValue(input)}`);
      }
      noGrad(() =>
        scope(() => void (model as unknown as (x: Tensor) => unknown)(device === null ? input : input.to(device))),
      );
    },
    end() {
      for (const [each, momentum] of momenta) each.momentum = momentum;
      if (momenta.size > 0) model.train(wasTraining);
    },
  };
}

async function feedAll(loader: AsyncIterable<Batch>, run: ReturnType<typeof begin>): Promise<void> {
  try {
    if (run.isNeeded) for await (const batch of loader) run.feed(batch);
  } finally {
    run.end();
  }
}

/**
 * Computes the running statistics of a model's batch normalisation anew, over all batches: an average of weights has
 * none of its own (`torch.optim.swa_utils.update_bn`). With a loader that is async, await the result.
 *
 * @example
 * await optim.swaUtils.updateBn(loader, averaged);
 */
export function updateBn(loader: Iterable<Batch>, model: Module, device?: DeviceLike | null): void;
export function updateBn(loader: AsyncIterable<Batch>, model: Module, device?: DeviceLike | null): Promise<void>;
export function updateBn(
  loader: Iterable<Batch> | AsyncIterable<Batch>,
  model: Module,
  device: DeviceLike | null = null,
): void | Promise<void> {
  if (!((model as unknown) instanceof Module)) {
    throw new TypeError(`updateBn: model must be a Module, got ${describeValue(model)}`);
  }
  const { [Symbol.iterator]: sync, [Symbol.asyncIterator]: async } = Object(loader) as Partial<
    Iterable<Batch> & AsyncIterable<Batch>
  >;
  if (typeof sync !== 'function' && typeof async !== 'function') {
    throw new TypeError(`updateBn: loader must be iterable, got ${describeValue(loader)}`);
  }
  const run = begin(model, device);
  if (typeof async === 'function') return feedAll(loader as AsyncIterable<Batch>, run);
  try {
    if (run.isNeeded) for (const batch of loader as Iterable<Batch>) run.feed(batch);
  } finally {
    run.end();
  }
  return undefined;
}
