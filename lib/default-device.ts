/** The device on which factories make tensors when none is given. */

import { type DeviceLike, expectDevice } from './device.ts';

/** undefined stands for the CPU. */
export let defaultDevice: DeviceLike | undefined;

/** Sets it for this thread (`torch.set_default_device`); null goes back to the CPU. */
export function setDefaultDevice(device: DeviceLike | null): void {
  if (device !== null) expectDevice('setDefaultDevice: device', device);
  defaultDevice = device === null || device === 'cpu' ? undefined : device;
}

/** The device that factories use (`torch.get_default_device`). */
export function getDefaultDevice(): DeviceLike {
  return defaultDevice ?? 'cpu';
}
