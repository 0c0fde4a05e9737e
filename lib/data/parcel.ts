/** Values on their way to another thread: tensors as numbers, all else as structured clones. */

import { isAnyArrayBuffer, isArrayBufferView, isDate, isNativeError, isRegExp } from 'node:util/types';
import { DisposedError, describeValue } from '../errors.ts';
import { receive, share } from '../sharing.ts';
import { Tensor } from '../tensor.ts';
import { isPlainObject } from './collate.ts';

/** A packed value. Whoever gets it must unpack or discard it once, or its tensors stay for ever. */
export type Parcel =
  | readonly ['value', unknown]
  | readonly ['tensor', number]
  | readonly ['other', unknown]
  | readonly ['array', readonly Parcel[]]
  | readonly ['set', readonly Parcel[]]
  | readonly ['map', readonly (readonly [Parcel, Parcel])[]]
  | readonly ['object', readonly (readonly [string, Parcel])[]];

const isCloneable = (value: object) =>
  isArrayBufferView(value) || isAnyArrayBuffer(value) || isDate(value) || isRegExp(value) || isNativeError(value);

/** What packs values of classes that parcels know nothing of; undefined for those that it does not know, either. */
export type PackOther = (value: object) => unknown;

/**
 * Packs a value: its tensors are shared and not copied.
 *
 * @throws TypeError for functions, objects of other classes, cycles and tensors that were computed with gradients; nothing
 *   stays shared then.
 */
export function pack(where: string, value: unknown, packOther: PackOther = () => undefined): Parcel {
  const shared: number[] = [];
  const around: object[] = [];
  const visit = (each: unknown): Parcel => {
    if (each instanceof Tensor) {
      const number = share(each);
      shared.push(number);
      return ['tensor', number];
    }
    if (typeof each === 'function' || typeof each === 'symbol') throw refusal(where, each);
    if (typeof each !== 'object' || each === null || isCloneable(each)) return ['value', each];
    if (around.includes(each)) throw new TypeError(`${where}: a value that contains itself cannot be sent`);
    around.push(each);
    const parcel = visitObject(each);
    around.pop();
    return parcel;
  };
  const visitObject = (each: object): Parcel => {
    if (Array.isArray(each)) return ['array', each.map(visit)];
    if (each instanceof Map) return ['map', [...each].map(([key, item]) => [visit(key), visit(item)] as const)];
    if (each instanceof Set) return ['set', [...each].map(visit)];
    const other = packOther(each);
    if (other !== undefined) return ['other', other];
    if (!isPlainObject(each)) throw refusal(where, each);
    return ['object', Object.entries(each).map(([key, item]) => [key, visit(item)] as const)];
  };
  try {
    return visit(value);
  } catch (error) {
    for (const number of shared) discardTensor(number);
    throw error;
  }
}

function refusal(where: string, value: unknown): TypeError {
  return new TypeError(
    `${where}: only tensors, numbers, strings, arrays, plain objects, Maps, Sets, typed arrays and dates can be sent to another thread, got ${describeValue(value)}`,
  );
}

/** The value of a parcel; `unpackOther` gets what `packOther` made. */
export function unpack(parcel: Parcel, unpackOther: (other: unknown) => unknown = (other) => other): unknown {
  const visit = (each: Parcel): unknown => {
    switch (each[0]) {
      case 'tensor':
        return receive(each[1]);
      case 'array':
        return each[1].map(visit);
      case 'set':
        return new Set(each[1].map(visit));
      case 'map':
        return new Map(each[1].map(([key, item]) => [visit(key), visit(item)]));
      case 'object':
        return Object.fromEntries(each[1].map(([key, item]) => [key, visit(item)]));
      case 'other':
        return unpackOther(each[1]);
      default:
        return each[1];
    }
  };
  return visit(parcel);
}

/** Frees the tensors of a parcel that nobody unpacks; those that were unpacked are passed over. */
export function discard(parcel: Parcel): void {
  if (parcel[0] === 'tensor') discardTensor(parcel[1]);
  else if (parcel[0] === 'array' || parcel[0] === 'set') parcel[1].forEach(discard);
  else if (parcel[0] === 'object') for (const [, item] of parcel[1]) discard(item);
  else if (parcel[0] === 'map') for (const pair of parcel[1]) pair.forEach(discard);
}

/** Frees a shared tensor that was not received. */
export function discardTensor(number: number): void {
  try {
    receive(number).dispose();
  } catch (error) {
    if (!(error instanceof DisposedError)) throw error;
  }
}
