/** Settings of libtorch, and what it runs on. */

import { type DeviceLike, expectDevice } from './device.ts';
import { describeValue } from './errors.ts';
import { libtorch, native, words } from './native.ts';

function expectThreads(where: string, count: number): number {
  if (!Number.isSafeInteger(count) || count < 1 || count > 1 << 16) {
    throw new RangeError(`${where}: count must be a positive integer, got ${describeValue(count)}`);
  }
  return count;
}

/** How many threads an operator may use on the CPU (`torch.set_num_threads`). */
export function setNumThreads(count: number): void {
  native.threads(expectThreads('setNumThreads', count));
}

export function getNumThreads(): number {
  return native.threads();
}

/** How many operators may run at once; must be set before any did (`torch.set_num_interop_threads`). */
export function setNumInteropThreads(count: number): void {
  native.interopThreads(expectThreads('setNumInteropThreads', count));
}

export function getNumInteropThreads(): number {
  return native.interopThreads();
}

/** Operators without a deterministic implementation throw, or warn with `warnOnly`. */
export function useDeterministicAlgorithms(enabled: boolean, options: { warnOnly?: boolean } = {}): void {
  native.deterministic(enabled, options.warnOnly ?? false);
}

export function areDeterministicAlgorithmsEnabled(): boolean {
  return native.deterministic();
}

/** The libtorch that is loaded, and the one that the addon was built against. */
export const version: { readonly libtorch: string; readonly builtAgainst: string; readonly libtorchPath: string } = {
  libtorch: libtorch.version,
  get builtAgainst() {
    return native.versions().builtAgainst;
  },
  libtorchPath: libtorch.root,
};

/** How libtorch was built, in its own words (`torch.__config__.show()`). */
export function showConfig(): string {
  return native.versions().config;
}

function countDevices(type: number): number {
  words[0] = type;
  return native.deviceCount();
}

const cudaType = 1;

/** `torch.cuda`: the NVIDIA devices of this machine. */
export const cuda = {
  /** True when the loaded libtorch has CUDA and a device is there. */
  isAvailable(): boolean {
    return countDevices(cudaType) > 0;
  },
  deviceCount(): number {
    return countDevices(cudaType);
  },
  /** Waits until the device has done all that was asked of it. */
  synchronize(device: DeviceLike = 'cuda'): void {
    words[0] = expectDevice('cuda.synchronize: device', device).index;
    native.synchronize();
  },
  /** Gives cached memory that no tensor uses back to the device. */
  emptyCache(): void {
    native.emptyCache();
  },
} as const;
