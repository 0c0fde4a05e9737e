/** `torch.float32` and friends: each dtype under PyTorch's names. */

export type { DType } from './dtype.ts';

export const uint8 = 'uint8';
export const int8 = 'int8';
export const int16 = 'int16';
export const short = 'int16';
export const int32 = 'int32';
export const int = 'int32';
export const int64 = 'int64';
export const long = 'int64';
export const uint16 = 'uint16';
export const uint32 = 'uint32';
export const uint64 = 'uint64';
export const float16 = 'float16';
export const half = 'float16';
export const bfloat16 = 'bfloat16';
export const float32 = 'float32';
export const float = 'float32';
export const float64 = 'float64';
export const double = 'float64';
export const complex32 = 'complex32';
export const chalf = 'complex32';
export const complex64 = 'complex64';
export const cfloat = 'complex64';
export const complex128 = 'complex128';
export const cdouble = 'complex128';
export const bool = 'bool';
