/** Operators over lists of tensors: one native call where a loop would make one per parameter. */

import { overloadFunction } from '../operator.ts';
import type { Tensor } from '../tensor.ts';

type Tensors = readonly Tensor[];

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
export const foreachMul_ = operator<(a: Tensors, scalar: number) => void>('_foreach_mul_', 'Scalar');
export const foreachDiv_ = operator<(a: Tensors, scalars: readonly number[]) => void>('_foreach_div_', 'ScalarList');
export const foreachNeg = operator<(a: Tensors) => Tensor[]>('_foreach_neg', '');
export const foreachSqrt = operator<(a: Tensors) => Tensor[]>('_foreach_sqrt', '');
export const foreachMaximum_ = operator<(a: Tensors, b: Tensors) => void>('_foreach_maximum_', 'List');
/** `a += weight·(b - a)`. */
export const foreachLerp_ = operator<(a: Tensors, b: Tensors, weight: number) => void>('_foreach_lerp_', 'Scalar');
/** `a += value·b·c`. */
export const foreachAddcmul_ = operator<(a: Tensors, b: Tensors, c: Tensors, value: number) => void>(
  '_foreach_addcmul_',
  'Scalar',
);
/** `a += value·b/c`, a value for each. */
export const foreachAddcdiv_ = operator<(a: Tensors, b: Tensors, c: Tensors, values: readonly number[]) => void>(
  '_foreach_addcdiv_',
  'ScalarList',
);

/** Positions of tensors, gathered by device and dtype: fused kernels take only like ones. */
export function byDeviceAndDtype(tensors: Tensors): number[][] {
  const groups = new Map<string, number[]>();
  for (const [i, tensor] of tensors.entries()) {
    const key = `${tensor.device} ${tensor.dtype}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [i]);
    else group.push(i);
  }
  return [...groups.values()];
}
