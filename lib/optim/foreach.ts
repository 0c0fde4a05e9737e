/** Operators over lists of tensors: one native call where a loop would make one per parameter. */

import { type DeviceLike, deviceName } from '../device.ts';
import { isComplexDType } from '../dtype.ts';
import { viewAsReal } from '../generated/torch.ts';
import { native, useFrame, words } from '../native.ts';
import { overloadFunction } from '../operator.ts';
import type { Tensor } from '../tensor.ts';

type Tensors = readonly Tensor[];
type Numbers = readonly number[];

function operator<T>(name: string, overload: string): T {
  return overloadFunction('aten', name, overload) as T;
}

/** `a += alpha·b`. */
export const foreachAdd_ = operator<(a: Tensors, b: Tensors, options: { alpha: number }) => void>(
  '_foreach_add_',
  'List',
);
/** `a + alpha·b`. */
export const foreachAdd = operator<(a: Tensors, b: Tensors, options: { alpha: number }) => Tensor[]>(
  '_foreach_add',
  'List',
);
export const foreachAddScalar_ = operator<(a: Tensors, scalar: number) => void>('_foreach_add_', 'Scalar');
export const foreachAddScalar = operator<(a: Tensors, scalar: number) => Tensor[]>('_foreach_add', 'Scalar');
export const foreachAddScalars_ = operator<(a: Tensors, scalars: Numbers) => void>('_foreach_add_', 'ScalarList');
export const foreachSub = operator<(a: Tensors, b: Tensors) => Tensor[]>('_foreach_sub', 'List');
export const foreachMul_ = operator<(a: Tensors, scalar: number) => void>('_foreach_mul_', 'Scalar');
export const foreachMul = operator<(a: Tensors, scalar: number) => Tensor[]>('_foreach_mul', 'Scalar');
export const foreachMulScalars_ = operator<(a: Tensors, scalars: Numbers) => void>('_foreach_mul_', 'ScalarList');
export const foreachMulScalars = operator<(a: Tensors, scalars: Numbers) => Tensor[]>('_foreach_mul', 'ScalarList');
export const foreachMulList_ = operator<(a: Tensors, b: Tensors) => void>('_foreach_mul_', 'List');
export const foreachMulList = operator<(a: Tensors, b: Tensors) => Tensor[]>('_foreach_mul', 'List');
export const foreachDiv_ = operator<(a: Tensors, scalars: Numbers) => void>('_foreach_div_', 'ScalarList');
export const foreachDiv = operator<(a: Tensors, scalars: Numbers) => Tensor[]>('_foreach_div', 'ScalarList');
export const foreachDivList_ = operator<(a: Tensors, b: Tensors) => void>('_foreach_div_', 'List');
export const foreachNeg = operator<(a: Tensors) => Tensor[]>('_foreach_neg', '');
export const foreachAbs = operator<(a: Tensors) => Tensor[]>('_foreach_abs', '');
export const foreachSign_ = operator<(a: Tensors) => void>('_foreach_sign_', '');
export const foreachSqrt = operator<(a: Tensors) => Tensor[]>('_foreach_sqrt', '');
export const foreachSqrt_ = operator<(a: Tensors) => void>('_foreach_sqrt_', '');
export const foreachRsqrt_ = operator<(a: Tensors) => void>('_foreach_rsqrt_', '');
export const foreachReciprocal_ = operator<(a: Tensors) => void>('_foreach_reciprocal_', '');
export const foreachClampMin_ = operator<(a: Tensors, least: number) => void>('_foreach_clamp_min_', 'Scalar');
export const foreachCopy_ = operator<(a: Tensors, b: Tensors) => void>('_foreach_copy_', '');
export const foreachMaximum_ = operator<(a: Tensors, b: Tensors) => void>('_foreach_maximum_', 'List');
/** `a += weight·(b - a)`. */
export const foreachLerp_ = operator<(a: Tensors, b: Tensors, weight: number) => void>('_foreach_lerp_', 'Scalar');
/** The same with a weight for each. */
export const foreachLerpScalars_ = operator<(a: Tensors, b: Tensors, weights: Numbers) => void>(
  '_foreach_lerp_',
  'ScalarList',
);
/** `a += value·b·c`. */
export const foreachAddcmul_ = operator<(a: Tensors, b: Tensors, c: Tensors, value: number) => void>(
  '_foreach_addcmul_',
  'Scalar',
);
/** `a + value·b·c`. */
export const foreachAddcmul = operator<(a: Tensors, b: Tensors, c: Tensors, value: number) => Tensor[]>(
  '_foreach_addcmul',
  'Scalar',
);
/** `a += value·b/c`. */
export const foreachAddcdivScalar_ = operator<(a: Tensors, b: Tensors, c: Tensors, value: number) => void>(
  '_foreach_addcdiv_',
  'Scalar',
);
/** `a += value·b/c`, a value for each. */
export const foreachAddcdiv_ = operator<(a: Tensors, b: Tensors, c: Tensors, values: Numbers) => void>(
  '_foreach_addcdiv_',
  'ScalarList',
);

/** Complex tensors as pairs of real numbers. */
export function asReal(tensors: Tensor[]): Tensor[] {
  return tensors.some((each) => isComplexDType(each.dtype))
    ? tensors.map((each) => (isComplexDType(each.dtype) ? viewAsReal(each) : each))
    : tensors;
}

/** Positions of tensors, gathered by device and dtype: fused kernels take only like ones. */
export function byDeviceAndDtype(tensors: Tensors): { readonly device: DeviceLike; readonly positions: number[] }[] {
  const groups = new Map<number, { device: DeviceLike; positions: number[] }>();
  for (let i = 0; i < tensors.length; i++) {
    // One question for both properties.
    words[0] = (tensors[i] as Tensor).handle;
    useFrame(native.describe());
    const [dtype, type, index] = [words[0] as number, words[2] as number, words[3] as number];
    const key = (dtype * 256 + type) * 256 + index;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { device: deviceName(type, index), positions: [i] });
    else group.positions.push(i);
  }
  return [...groups.values()];
}
