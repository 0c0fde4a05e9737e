/** Scales losses so that small gradients survive float16. */

import { noGrad } from '../autograd/modes.ts';
import { full } from '../creation.ts';
import { type DeviceLike, type DeviceType, expectDevice } from '../device.ts';
import { CheckpointError, describeValue, TorchError } from '../errors.ts';
import { expectCount, expectNumber } from '../nn/arguments.ts';
import { overloadFunction } from '../operator.ts';
import { cuda } from '../runtime.ts';
import { keep, scope } from '../scope.ts';
import { Tensor } from '../tensor.ts';
import { Copies, type Steppable, unscale } from './unscale.ts';

export interface GradScalerOptions {
  /** The scale to begin with. */
  initScale?: number;
  /** What the scale is multiplied by after `growthInterval` steps without infinite gradients; above 1. */
  growthFactor?: number;
  /** What it is multiplied by after a step with one; below 1. */
  backoffFactor?: number;
  growthInterval?: number;
  /** False makes `step` a plain step, and everything else do nothing. */
  enabled?: boolean;
}

/** Under PyTorch's names; empty where the scaler is not enabled. */
export interface GradScalerStateDict {
  scale: number;
  growth_factor: number;
  backoff_factor: number;
  growth_interval: number;
  _growth_tracker: number;
}

/** One tensor, or some, nested as they are. */
export type Outputs = Tensor | readonly Outputs[];

type UpdateScale = (
  scale: Tensor,
  growthTracker: Tensor,
  foundInf: Tensor,
  growthFactor: number,
  backoffFactor: number,
  growthInterval: number,
) => void;
const updateScale = overloadFunction('aten', '_amp_update_scale_', '') as UpdateScale;

interface Progress {
  stage: 'ready' | 'unscaled' | 'stepped';
  /** 1 where a gradient was infinite or not a number, one a device. */
  readonly foundInfs: Tensor[];
}

/**
 * Multiplies losses by a scale, divides gradients by it before the optimizer steps, leaves steps with infinite gradients
 * out, and adapts the scale (`torch.amp.GradScaler`).
 *
 * @example
 * const scaler = new torch.amp.GradScaler('cpu');
 * const loss = torch.autocast('cpu', { dtype: 'float16' }, () => lossFn(model(x), y));
 * scaler.scale(loss).backward();
 * scaler.step(optimizer);
 * scaler.update();
 */
export class GradScaler {
  readonly #device: DeviceType;
  readonly #enabled: boolean;
  #initScale: number;
  #growthFactor: number;
  #backoffFactor: number;
  #growthInterval: number;
  #initGrowthTracker = 0;
  /** Made on the device of the first output. */
  #state: { readonly scale: Tensor; readonly growthTracker: Tensor } | undefined;
  #progress = new Map<Steppable, Progress>();

  constructor(device: DeviceType = 'cuda', options: GradScalerOptions = {}) {
    const where = 'GradScaler';
    expectDevice(`${where}: device`, device);
    if (typeof options !== 'object' || options === null) {
      throw new TypeError(`${where}: options must be an object, got ${describeValue(options)}`);
    }
    const { initScale = 65536, growthFactor = 2, backoffFactor = 0.5, growthInterval = 2000, enabled = true } = options;
    if (typeof enabled !== 'boolean') {
      throw new TypeError(`${where}: enabled must be a boolean, got ${describeValue(enabled)}`);
    }
    this.#device = device;
    this.#enabled = enabled && (device !== 'cuda' || cuda.isAvailable());
    if (this.#enabled !== enabled) {
      process.emitWarning('GradScaler: CUDA is not available; the scaler is off', 'TorchWarning');
    }
    this.#initScale = expectNumber(`${where}: initScale`, initScale);
    this.#growthFactor = expectNumber(`${where}: growthFactor`, growthFactor);
    this.#backoffFactor = expectNumber(`${where}: backoffFactor`, backoffFactor);
    this.#growthInterval = expectCount(`${where}: growthInterval`, growthInterval);
    if (!this.#enabled) return;
    if (growthFactor <= 1) throw new RangeError(`${where}: growthFactor must be above 1, got ${growthFactor}`);
    if (backoffFactor >= 1) throw new RangeError(`${where}: backoffFactor must be below 1, got ${backoffFactor}`);
  }

  /** The outputs times the scale, nested as they came (`GradScaler.scale`). */
  scale<T extends Outputs>(outputs: T): T {
    if (!this.#enabled) return outputs;
    let copies: Copies | undefined;
    const apply = (value: Outputs): Outputs => {
      if (value instanceof Tensor) {
        copies ??= new Copies(this.#start(value.device).scale);
        return value.mul(copies.on(value.device));
      }
      if (!Array.isArray(value)) {
        throw new TypeError(
          `GradScaler.scale: outputs must be a Tensor or an array of them, got ${describeValue(value)}`,
        );
      }
      return (value as readonly Outputs[]).map(apply);
    };
    return scope(() => apply(outputs)) as T;
  }

  /**
   * Divides the gradients of an optimizer's parameters by the scale, for those who clip or look at them before `step`
   * (`GradScaler.unscale_`).
   * @throws TorchError if it was called for this optimizer since the last `update`; DTypeError for float16 gradients.
   */
  unscale_(optimizer: Steppable): void {
    if (!this.#enabled) return;
    const { scale } = this.#started('unscale_');
    const progress = this.#progressOf(optimizer);
    if (progress.stage === 'unscaled') {
      throw new TorchError('unscale_() has already been called on this optimizer since the last update().');
    }
    if (progress.stage === 'stepped') throw new TorchError('unscale_() is being called after step().');
    scope(() => {
      const inverse = scale.double().reciprocal().float();
      const foundInf = full([], 0, { dtype: 'float32', device: scale.device });
      progress.foundInfs.push(...keep(unscale(optimizer, new Copies(inverse), new Copies(foundInf))));
    });
    progress.stage = 'unscaled';
  }

  /**
   * Unscales the gradients, unless `unscale_` did, and lets the optimizer step if all of them are finite
   * (`GradScaler.step`).
   * @throws TorchError if it was called for this optimizer since the last `update`.
   */
  step(optimizer: Steppable): void {
    if (!this.#enabled) {
      optimizer.step();
      return;
    }
    this.#started('step');
    const progress = this.#progressOf(optimizer);
    if (progress.stage === 'stepped') throw new TorchError('step() has already been called since the last update().');
    if (progress.stage === 'ready') this.unscale_(optimizer);
    if (progress.foundInfs.length === 0) throw new TorchError('No inf checks were recorded for this optimizer.');
    if (!progress.foundInfs.some((found) => found.item() !== 0)) optimizer.step();
    progress.stage = 'stepped';
  }

  /**
   * Adapts the scale to what the steps since the last update found, or sets it to `newScale`: a number, or a tensor with
   * one element (`GradScaler.update`).
   */
  update(newScale?: number | Tensor | null): void {
    if (!this.#enabled) return;
    const { scale, growthTracker } = this.#started('update');
    const founds = [...this.#progress.values()].flatMap(({ foundInfs }) => foundInfs);
    scope(() =>
      noGrad(() => {
        if (newScale != null) {
          this.#fill(scale, newScale);
          return;
        }
        const [first, ...rest] = founds.map((found) => found.to({ device: scale.device, nonBlocking: true }));
        if (first === undefined) throw new TorchError('No inf checks were recorded prior to update.');
        for (const found of rest) first.add_(found);
        updateScale(scale, growthTracker, first, this.#growthFactor, this.#backoffFactor, this.#growthInterval);
      }),
    );
    this.#progress = new Map();
    for (const found of founds) found.dispose();
  }

  /** The scale; 1 where the scaler is not enabled (`GradScaler.get_scale`). */
  getScale(): number {
    if (!this.#enabled) return 1;
    return this.#state === undefined ? this.#initScale : (this.#state.scale.item() as number);
  }

  getGrowthFactor(): number {
    return this.#growthFactor;
  }

  setGrowthFactor(factor: number): void {
    this.#growthFactor = expectNumber('GradScaler.setGrowthFactor: factor', factor);
  }

  getBackoffFactor(): number {
    return this.#backoffFactor;
  }

  setBackoffFactor(factor: number): void {
    this.#backoffFactor = expectNumber('GradScaler.setBackoffFactor: factor', factor);
  }

  getGrowthInterval(): number {
    return this.#growthInterval;
  }

  setGrowthInterval(interval: number): void {
    this.#growthInterval = expectCount('GradScaler.setGrowthInterval: interval', interval);
  }

  isEnabled(): boolean {
    return this.#enabled;
  }

  /** What a checkpoint needs, under PyTorch's names; take it after `update` (`GradScaler.state_dict`). */
  stateDict(): GradScalerStateDict | Record<string, never> {
    if (!this.#enabled) return {};
    return {
      scale: this.getScale(),
      growth_factor: this.#growthFactor,
      backoff_factor: this.#backoffFactor,
      growth_interval: this.#growthInterval,
      _growth_tracker:
        this.#state === undefined ? this.#initGrowthTracker : (this.#state.growthTracker.item() as number),
    };
  }

  /**
   * Takes over what `stateDict` gave; does nothing where the scaler is not enabled (`GradScaler.load_state_dict`).
   * @throws CheckpointError if an entry is missing.
   */
  loadStateDict(state: GradScalerStateDict | Record<string, never>): void {
    if (!this.#enabled) return;
    if (typeof state !== 'object' || state === null) {
      throw new TypeError(`GradScaler.loadStateDict: state must be an object, got ${describeValue(state)}`);
    }
    if (Object.keys(state).length === 0) {
      throw new CheckpointError(
        'The source state dict is empty, possibly because it was saved from a disabled instance of GradScaler.',
      );
    }
    const read = (key: keyof GradScalerStateDict): number => {
      const value: unknown = state[key];
      if (typeof value === 'number') return value;
      throw new CheckpointError(`GradScaler.loadStateDict: ${key} must be a number, got ${describeValue(value)}`);
    };
    const [scale, growthFactor, backoffFactor] = [read('scale'), read('growth_factor'), read('backoff_factor')];
    const [growthInterval, growthTracker] = [read('growth_interval'), read('_growth_tracker')];
    this.#initScale = scale;
    this.#growthFactor = growthFactor;
    this.#backoffFactor = backoffFactor;
    this.#growthInterval = growthInterval;
    this.#initGrowthTracker = growthTracker;
    this.#state?.scale.fill_(scale);
    this.#state?.growthTracker.fill_(growthTracker);
  }

  #start(device: DeviceLike): { readonly scale: Tensor; readonly growthTracker: Tensor } {
    this.#state ??= keep({
      scale: full([], this.#initScale, { dtype: 'float32', device }),
      growthTracker: full([], this.#initGrowthTracker, { dtype: 'int32', device }),
    });
    return this.#state;
  }

  #started(where: string): { readonly scale: Tensor; readonly growthTracker: Tensor } {
    if (this.#state !== undefined) return this.#state;
    throw new TorchError(
      `GradScaler.${where}: there is no scale yet; scaler.scale(loss) must come first in the iteration`,
    );
  }

  #progressOf(optimizer: Steppable): Progress {
    const known = this.#progress.get(optimizer);
    if (known !== undefined) return known;
    if (!Array.isArray((optimizer as Partial<Steppable> | null | undefined)?.paramGroups)) {
      throw new TypeError(`GradScaler: optimizer must be an Optimizer, got ${describeValue(optimizer)}`);
    }
    const progress: Progress = { stage: 'ready', foundInfs: [] };
    this.#progress.set(optimizer, progress);
    return progress;
  }

  #fill(scale: Tensor, newScale: number | Tensor): void {
    if (typeof newScale === 'number') {
      scale.fill_(newScale);
      return;
    }
    const where = 'GradScaler.update: newScale';
    if (!(newScale instanceof Tensor)) {
      throw new TypeError(`${where} must be a number or a Tensor, got ${describeValue(newScale)}`);
    }
    const onDevice = newScale.device.split(':')[0] === this.#device;
    if (!onDevice || newScale.numel() !== 1 || newScale.requiresGrad) {
      throw new RangeError(`${where} must have one element, on ${this.#device}, and must not require gradients`);
    }
    scale.copy_(newScale.reshape([]));
  }
}
