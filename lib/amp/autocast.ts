/** Mixed precision: a scope in which operators choose their dtype. */

import { runIn } from '../autograd/modes.ts';
import type { DeviceType } from '../device.ts';
import type { DType } from '../dtype.ts';
import { describeValue } from '../errors.ts';
import { native } from '../native.ts';
import { cuda } from '../runtime.ts';
import { autocastState, changeAutocastState, expectAutocastDType } from './state.ts';

export interface AutocastOptions {
  /** What matrix products and convolutions are cast to; by default bfloat16 on the CPU and float16 on CUDA. */
  dtype?: DType | null;
  /** False switches autocast off inside of another one. */
  enabled?: boolean;
  /** Whether the casts of parameters are kept until the outermost scope ends; by default as it is set. */
  cacheEnabled?: boolean | null;
}

const castTo: readonly string[] = ['bfloat16', 'float16'];

/** Whether the scope casts: where it cannot, Python warns and goes on without, and so do we. */
function canCast(deviceType: DeviceType, dtype: DType): boolean {
  if (deviceType === 'cuda') {
    if (cuda.isAvailable()) return true;
    process.emitWarning('autocast: CUDA is not available; autocast is off', 'TorchWarning');
    return false;
  }
  if (castTo.includes(dtype)) return true;
  const device = deviceType.toUpperCase();
  process.emitWarning(
    `autocast: ${device} casts to ${castTo.join(' and ')} only, got ${dtype}; it is off`,
    'TorchWarning',
  );
  return false;
}

/**
 * Runs `body` with the operators on a type of device choosing their dtype: matrix products and convolutions compute in
 * `dtype`, what needs range in float32 (`torch.autocast`). Compute the loss inside, call `backward` outside.
 *
 * Scopes nest, and the state before comes back whatever happens.
 *
 * @throws TypeError if `body` is async: the mode belongs to the thread, so other tasks would run in it.
 * @example
 * const loss = torch.autocast('cpu', { dtype: 'bfloat16' }, () => lossFn(model(x), y));
 * loss.backward();
 */
export function autocast<T>(deviceType: DeviceType, body: () => T): T;
export function autocast<T>(deviceType: DeviceType, options: AutocastOptions, body: () => T): T;
export function autocast<T>(deviceType: DeviceType, optionsOrBody: AutocastOptions | (() => T), last?: () => T): T {
  const options = typeof optionsOrBody === 'function' ? {} : optionsOrBody;
  const body = typeof optionsOrBody === 'function' ? optionsOrBody : (last as () => T);
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`autocast: options must be an object, got ${describeValue(options)}`);
  }
  const before = autocastState('autocast', deviceType);
  const dtype = options.dtype == null ? before.dtype : expectAutocastDType('autocast', options.dtype);
  const cacheEnabled = options.cacheEnabled ?? before.cacheEnabled;
  const wanted = options.enabled ?? true;
  for (const [name, value] of Object.entries({ enabled: wanted, cacheEnabled })) {
    if (typeof value !== 'boolean') {
      throw new TypeError(`autocast: ${name} must be a boolean, got ${describeValue(value)}`);
    }
  }
  return runIn('autocast', body, () => {
    const enabled = wanted && canCast(deviceType, dtype);
    changeAutocastState('autocast', deviceType, { enabled, dtype, cacheEnabled });
    native.nestAutocast(true);
    return () => {
      native.nestAutocast(false);
      changeAutocastState('autocast', deviceType, before);
    };
  });
}
