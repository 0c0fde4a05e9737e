/** A training loop over the public parts; a plain for-loop with the same parts does the same. */

import { setImmediate as nextTask } from 'node:timers/promises';
import { noGrad } from '../autograd/modes.ts';
import { describeValue } from '../errors.ts';
import type { Module } from '../nn/module.ts';
import { clipGradNorm_ } from '../nn/utils/clip-grad.ts';
import { scope } from '../scope.ts';
import { Tensor } from '../tensor.ts';
import type { Callback, Metrics, Progress } from './callback.ts';
import { Checkpoints, type CheckpointsOptions, type Counters } from './checkpoints.ts';
import { type Measures, numbersOf, RunningMeans, type Sums } from './running-means.ts';
import { isStateful, type Stateful } from './stateful.ts';

/** Batches: an array, a data loader, anything that `for await` takes. It is walked through once an epoch. */
export type Batches<Batch> = (Iterable<Batch> | AsyncIterable<Batch>) & { readonly length?: number };

/** A loss with further measures of the batch, or the loss alone. */
export type LossResult = Tensor | ({ readonly loss: Tensor } & Measures);

export interface SteppedOptimizer extends Stateful {
  step(): unknown;
  zeroGrad(): void;
  readonly paramGroups: readonly { readonly params: readonly Tensor[] }[];
}

export interface FitCheckpoints extends CheckpointsOptions {
  /** The folder. Where it holds checkpoints, the run goes on from the newest. */
  folder: string;
  /** Steps between two checkpoints; one at the end of each epoch by default. Within an epoch the data must be `Stateful`. */
  every?: number;
  /** The metric that decides which checkpoint is best; `'validation/loss'`, or `'loss'` without validation. */
  metric?: string;
}

export interface FitOptions<Batch> {
  model: Module;
  optimizer: SteppedOptimizer;
  data: Batches<Batch>;
  /** Computes the loss of a batch, on tensors that are freed after the step. */
  loss(batch: Batch): LossResult;
  epochs: number;
  /** Batches whose gradients are added up for one step of the optimizer, each divided by their number; 1 by default. */
  accumulate?: number;
  /** Scales all gradients down to this norm before each step. */
  clipGradNorm?: number;
  /** Stepped after each epoch, or each optimizer step. With `metric` it is given that metric of the epoch. */
  scheduler?: { step(metric?: number): unknown } & Stateful;
  schedule?: { interval?: 'epoch' | 'step'; metric?: string };
  /** A `GradScaler`, for float16. */
  scaler?: {
    scale(loss: Tensor): Tensor;
    unscale_(optimizer: never): void;
    step(optimizer: never): unknown;
    update(): void;
  } & Stateful;
  /** Measured after each epoch, in evaluation mode and without gradients; metrics are named `validation/…`. */
  validation?: { data: Batches<Batch>; measure(batch: Batch): Measures };
  checkpoints?: FitCheckpoints;
  callbacks?: readonly Callback[];
  /** Ends the run after the current step, with the signal's reason as the error. */
  signal?: AbortSignal;
}

export interface FitResult {
  step: number;
  epoch: number;
  /** The last epoch's. */
  metrics: Metrics;
  /** The metrics of every epoch, those before a resume included. */
  history: Metrics[];
  /** Why it ended before its last epoch; undefined when it did not. */
  stopped: string | undefined;
}

/**
 * Trains a model: for each batch the loss, its gradients and a step, for each epoch validation, scheduler and checkpoint.
 * Other tasks of the process run between two steps.
 *
 * A run whose process was killed goes on from its newest checkpoint when it is started again, and ends with the same bits.
 *
 * @throws TypeError for options that do not fit; what the signal gives as reason when it aborts.
 * @example
 * const { metrics } = await torch.training.fit({
 *   model,
 *   optimizer: new torch.optim.AdamW(model.parameters()),
 *   data: loader,
 *   loss: ([x, y]) => lossFn(model(x), y),
 *   epochs: 10,
 *   checkpoints: { folder: 'runs/first' },
 *   callbacks: [torch.training.progressBar(), torch.training.jsonLines('runs/first/metrics.jsonl')],
 * });
 */
export async function fit<Batch>(options: FitOptions<Batch>): Promise<FitResult> {
  return new Loop(options).run();
}

/** The counters of a loop, as checkpoints hold them. */
interface LoopCounters extends Counters {
  readonly step: number;
  readonly epoch: number;
  readonly batch: number;
  readonly sums: Sums;
  readonly stopped: string | null;
  readonly history: readonly Metrics[];
}

class Loop<Batch> {
  readonly #options: FitOptions<Batch>;
  readonly #accumulate: number;
  readonly #checkpoints: Checkpoints | undefined;
  readonly #callbacks: readonly Callback[];
  readonly #means = new RunningMeans();
  readonly #history: Metrics[] = [];
  #step = 0;
  #epoch = 0;
  #batch = 0;
  #metrics: Metrics = {};
  #stopped: string | undefined;

  constructor(options: FitOptions<Batch>) {
    const { epochs, accumulate = 1, checkpoints, callbacks = [], data, loss, clipGradNorm } = options;
    const refuse = (name: string, wanted: string, got: unknown) => {
      throw new TypeError(`fit: ${name} must be ${wanted}, got ${describeValue(got)}`);
    };
    if (!Number.isSafeInteger(epochs) || epochs < 0) refuse('epochs', 'a count', epochs);
    if (!Number.isSafeInteger(accumulate) || accumulate < 1) refuse('accumulate', 'a count from 1', accumulate);
    if (typeof loss !== 'function') refuse('loss', 'a function of a batch', loss);
    if (!isBatches(data)) refuse('data', 'iterable', data);
    if (clipGradNorm !== undefined && !(clipGradNorm > 0)) refuse('clipGradNorm', 'positive', clipGradNorm);
    if (checkpoints?.every !== undefined && !isStateful(data)) {
      throw new TypeError('fit: checkpoints within an epoch (every) need data with stateDict() and loadStateDict()');
    }
    this.#options = options;
    this.#accumulate = accumulate;
    this.#callbacks = callbacks;
    if (checkpoints !== undefined)
      this.#checkpoints = new Checkpoints(checkpoints.folder, this.#objects(), checkpoints);
  }

  async run(): Promise<FitResult> {
    const { epochs, signal } = this.#options;
    signal?.throwIfAborted();
    const resumed = this.#resume();
    try {
      await this.#tell('onStart', resumed);
      while (this.#epoch < epochs && this.#stopped === undefined) await this.#runEpoch();
    } finally {
      await this.#tell('onEnd');
    }
    return {
      step: this.#step,
      epoch: this.#epoch,
      metrics: this.#metrics,
      history: this.#history,
      stopped: this.#stopped,
    };
  }

  /** What is saved, by name. */
  #objects(): Record<string, Stateful> {
    const { model, optimizer, scheduler, scaler, data } = this.#options;
    const objects: Record<string, Stateful> = { model: model as unknown as Stateful, optimizer };
    if (scheduler !== undefined) objects.scheduler = scheduler;
    if (scaler !== undefined) objects.scaler = scaler;
    if (isStateful(data)) objects.data = data;
    const watchers = this.#callbacks.filter((each): each is Callback & Stateful => isStateful(each));
    for (const [i, each] of watchers.entries()) objects[`callback ${each.name ?? i}`] = each;
    return objects;
  }

  #resume(): boolean {
    const counters = this.#checkpoints?.resume() as LoopCounters | null | undefined;
    if (counters == null) return false;
    this.#step = counters.step;
    this.#epoch = counters.epoch;
    this.#batch = counters.batch;
    this.#means.sums = { ...counters.sums };
    this.#stopped = counters.stopped ?? undefined;
    this.#history.push(...counters.history);
    this.#metrics = counters.history.at(-1) ?? {};
    return true;
  }

  async #runEpoch(): Promise<void> {
    const { model, data, optimizer, checkpoints } = this.#options;
    model.train();
    if (this.#batch % this.#accumulate === 0) optimizer.zeroGrad();
    for await (const batch of data) {
      const metrics = this.#backward(batch);
      this.#batch++;
      this.#means.add(metrics);
      if (this.#batch % this.#accumulate === 0) {
        this.#optimize();
        this.#metrics = metrics;
        await this.#tell('onStep');
        if (checkpoints?.every !== undefined && this.#step % checkpoints.every === 0) this.#save();
      }
      // Servers in this process go on, and the garbage collector's work is done.
      await nextTask();
      this.#options.signal?.throwIfAborted();
      if (this.#stopped !== undefined) return;
    }
    if (this.#batch === 0) throw new RangeError(`fit: data gave no batch in epoch ${this.#epoch + 1}`);
    if (this.#batch % this.#accumulate !== 0) this.#optimize();
    const metrics = { ...this.#means.take(), ...(await this.#validate()) };
    this.#schedule('epoch', metrics);
    this.#epoch++;
    this.#batch = 0;
    this.#metrics = metrics;
    this.#history.push(metrics);
    await this.#tell('onEpoch');
    this.#save(metrics);
  }

  #backward(batch: Batch): Metrics {
    const { loss: lossOf, scaler } = this.#options;
    return scope(() => {
      const result = lossOf(batch);
      const measures: Measures = result instanceof Tensor ? { loss: result } : result;
      const { loss } = measures;
      if (!(loss instanceof Tensor)) {
        throw new TypeError(
          `fit: loss must return a Tensor, or an object with one as loss, got ${describeValue(result)}`,
        );
      }
      const share = this.#accumulate === 1 ? loss : loss.div(this.#accumulate);
      (scaler === undefined ? share : scaler.scale(share)).backward();
      return numbersOf(measures);
    });
  }

  #optimize(): void {
    const { optimizer, scaler, clipGradNorm } = this.#options;
    if (clipGradNorm !== undefined) {
      scaler?.unscale_(optimizer as never);
      const parameters = optimizer.paramGroups.flatMap(({ params }) => params);
      scope(() => clipGradNorm_(parameters, clipGradNorm));
    }
    if (scaler === undefined) optimizer.step();
    else {
      scaler.step(optimizer as never);
      scaler.update();
    }
    optimizer.zeroGrad();
    this.#step++;
    this.#schedule('step', {});
  }

  #schedule(when: 'epoch' | 'step', metrics: Metrics): void {
    const { scheduler, schedule: { interval = 'epoch', metric } = {} } = this.#options;
    if (scheduler === undefined || interval !== when) return;
    if (metric === undefined) scheduler.step();
    else scheduler.step(this.#metric(metrics, metric, 'schedule.metric'));
  }

  async #validate(): Promise<Metrics> {
    const { validation, model } = this.#options;
    if (validation === undefined) return {};
    const means = new RunningMeans();
    model.eval();
    for await (const batch of validation.data) {
      means.add(noGrad(() => scope(() => numbersOf(validation.measure(batch)))));
      await nextTask();
    }
    model.train();
    return Object.fromEntries(Object.entries(means.take()).map(([name, value]) => [`validation/${name}`, value]));
  }

  #save(metrics?: Metrics): void {
    const { checkpoints, validation } = this.#options;
    if (checkpoints === undefined) return;
    const byDefault = validation === undefined ? 'loss' : 'validation/loss';
    const name = checkpoints.metric ?? byDefault;
    const metric = metrics === undefined ? undefined : metrics[name];
    if (metrics !== undefined && checkpoints.metric !== undefined) this.#metric(metrics, name, 'checkpoints.metric');
    const counters: LoopCounters = {
      step: this.#step,
      epoch: this.#epoch,
      batch: this.#batch,
      sums: this.#means.sums,
      stopped: this.#stopped ?? null,
      history: this.#history,
    };
    this.#checkpoints?.save(counters, metric);
  }

  #metric(metrics: Metrics, name: string, option: string): number {
    const value = metrics[name];
    if (value !== undefined) return value;
    throw new RangeError(`fit: ${option} '${name}' was not measured; there are ${Object.keys(metrics).join(', ')}`);
  }

  async #tell(event: 'onStart' | 'onStep' | 'onEpoch' | 'onEnd', resumed = false): Promise<void> {
    if (this.#callbacks.length === 0) return;
    const { data, epochs } = this.#options;
    const progress: Progress = {
      step: this.#step,
      epoch: this.#epoch,
      batch: this.#batch,
      batches: typeof data.length === 'number' ? data.length : undefined,
      epochs,
      metrics: this.#metrics,
      stop: (reason) => {
        this.#stopped = reason;
      },
    };
    for (const callback of this.#callbacks) await callback[event]?.(progress, resumed);
  }
}

function isBatches(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Symbol.asyncIterator in value || Symbol.iterator in value;
}
