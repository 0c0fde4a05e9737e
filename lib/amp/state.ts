/** libtorch's autocast state of this thread, per type of device. */

import { expectBoolean } from '../arguments.ts';
import { type DeviceCode, type DeviceType, expectDevice } from '../device.ts';
import { type DType, dtypeCode, dtypeName, expectDType } from '../dtype.ts';
import { describeValue } from '../errors.ts';
import { native, words } from '../native.ts';

/** What is set for one type of device; the cache is one for all. */
export interface AutocastState {
  readonly enabled: boolean;
  readonly dtype: DType;
  readonly cacheEnabled: boolean;
}

/** The number of a device type such as `'cpu'`; `where` names the function in errors. */
function expectType(where: string, deviceType: unknown): number {
  const { type, index }: DeviceCode = expectDevice(`${where}: deviceType`, deviceType);
  if (index >= 0) {
    throw new RangeError(`${where}: deviceType must be a type such as 'cuda', got ${describeValue(deviceType)}`);
  }
  return type;
}

/** Whether autocast knows a type of device (`torch.amp.is_autocast_available`). */
export function isAutocastAvailable(deviceType: DeviceType): boolean {
  words[0] = expectType('isAutocastAvailable', deviceType);
  native.autocastState();
  return words[0] === 1;
}

/** @throws RangeError for a type of device that autocast does not know. */
export function autocastState(where: string, deviceType: DeviceType): AutocastState {
  words[0] = expectType(where, deviceType);
  native.autocastState();
  if (words[0] === 0) {
    throw new RangeError(`${where}: deviceType must be one that autocast supports, got ${describeValue(deviceType)}`);
  }
  return { enabled: words[1] === 1, dtype: dtypeName(words[2] as number), cacheEnabled: words[3] === 1 };
}

const floating: readonly unknown[] = ['bfloat16', 'float16', 'float32', 'float64'];

/** Checks a dtype that autocast may be set to. */
export function expectAutocastDType(where: string, value: unknown): DType {
  const dtype = expectDType(`${where}: dtype`, value);
  if (!floating.includes(dtype)) throw new RangeError(`${where}: dtype must be floating-point, got '${dtype}'`);
  return dtype;
}

export function changeAutocastState(where: string, deviceType: DeviceType, changes: Partial<AutocastState>): void {
  const state = { ...autocastState(where, deviceType), ...changes };
  words[0] = expectType(where, deviceType);
  words[1] = state.enabled ? 1 : 0;
  words[2] = dtypeCode(state.dtype) as number;
  words[3] = state.cacheEnabled ? 1 : 0;
  native.setAutocast();
}

/** Whether operators on such devices are cast (`torch.is_autocast_enabled`). */
export function isAutocastEnabled(deviceType: DeviceType = 'cuda'): boolean {
  return autocastState('isAutocastEnabled', deviceType).enabled;
}

/** Switches autocast on or off for the whole thread; `autocast` does it for a function (`torch.set_autocast_enabled`). */
export function setAutocastEnabled(deviceType: DeviceType, enabled: boolean): void {
  const where = 'setAutocastEnabled';
  changeAutocastState(where, deviceType, { enabled: expectBoolean(`${where}: enabled`, enabled) });
}

/** The dtype that operators are cast to (`torch.get_autocast_dtype`). */
export function getAutocastDtype(deviceType: DeviceType): DType {
  return autocastState('getAutocastDtype', deviceType).dtype;
}

/** Sets it for the whole thread (`torch.set_autocast_dtype`). @throws RangeError for a dtype that is not floating. */
export function setAutocastDtype(deviceType: DeviceType, dtype: DType): void {
  const where = 'setAutocastDtype';
  changeAutocastState(where, deviceType, { dtype: expectAutocastDType(where, dtype) });
}

/** Whether the casts of parameters are kept until the outermost `autocast` ends (`torch.is_autocast_cache_enabled`). */
export function isAutocastCacheEnabled(): boolean {
  return autocastState('isAutocastCacheEnabled', 'cpu').cacheEnabled;
}

/** Sets it for the whole thread (`torch.set_autocast_cache_enabled`). */
export function setAutocastCacheEnabled(enabled: boolean): void {
  const where = 'setAutocastCacheEnabled';
  changeAutocastState(where, 'cpu', { cacheEnabled: expectBoolean(`${where}: enabled`, enabled) });
}

/** Forgets the casts of parameters that are kept (`torch.clear_autocast_cache`). */
export function clearAutocastCache(): void {
  native.clearAutocastCache();
}
