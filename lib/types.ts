/** The types of arguments that operators share. */

import type { Complex } from './complex.ts';

export type { Complex } from './complex.ts';
export type { DeviceLike, Layout, MemoryFormat } from './device.ts';
export type { DType } from './dtype.ts';
export type { Generator } from './generator.ts';
export type { Tensor } from './tensor.ts';

/** A number where PyTorch takes a Scalar: an integral number counts as an integer, `1.5` as a float, `true` as a bool. */
export type Scalar = number | bigint | boolean | Complex;

/** An integer; a bigint where it may lie beyond 2^53. */
export type Int = number | bigint;

/** Sizes, strides and dimensions. */
export type IntList = readonly Int[];
