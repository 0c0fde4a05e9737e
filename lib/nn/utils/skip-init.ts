/** Modules without initial values. */

import type { DeviceLike } from '../../device.ts';
import { describeValue } from '../../errors.ts';
import { Module } from '../module.ts';

function isOptions(value: unknown): value is { device?: DeviceLike } {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/**
 * A module of a class that takes a device, whose parameters have memory and no values yet
 * (`torch.nn.utils.skip_init`): nothing is drawn.
 *
 * @param args those of the class's constructor; options may name the device.
 * @throws TypeError for a class that is none of a module or takes no device.
 * @example
 * const layer = nn.utils.skipInit(nn.Linear, 1000, 1000);
 * layer.loadStateDict(state);
 */
export function skipInit<A extends unknown[], M extends Module>(moduleClass: new (...args: A) => M, ...args: A): M {
  if (typeof moduleClass !== 'function' || !(moduleClass.prototype instanceof Module)) {
    throw new TypeError(`skipInit: moduleClass must be a class of modules, got ${describeValue(moduleClass)}`);
  }
  const last = args.at(-1);
  const options = isOptions(last) ? last : {};
  const positional = isOptions(last) ? args.slice(0, -1) : args;
  const module = Reflect.construct(moduleClass, [...positional, { ...options, device: 'meta' }]) as M;
  return module.toEmpty({ device: options.device ?? 'cpu' });
}
