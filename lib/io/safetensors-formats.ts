/** The safetensors format's names for dtypes. */

import type { DType } from '../dtype.ts';
import { DTypeError } from '../errors.ts';
import { itemsizeOf } from './storage.ts';

const formats: Readonly<Record<string, DType>> = {
  BOOL: 'bool',
  U8: 'uint8',
  I8: 'int8',
  F8_E5M2: 'float8_e5m2',
  F8_E4M3: 'float8_e4m3fn',
  F8_E5M2FNUZ: 'float8_e5m2fnuz',
  F8_E4M3FNUZ: 'float8_e4m3fnuz',
  U16: 'uint16',
  I16: 'int16',
  F16: 'float16',
  BF16: 'bfloat16',
  U32: 'uint32',
  I32: 'int32',
  F32: 'float32',
  U64: 'uint64',
  I64: 'int64',
  F64: 'float64',
  C64: 'complex64',
};

/** The format's name for a dtype, and the bytes of an element. */
export function formatOf(name: string, dtype: DType): { format: string; bytes: number } {
  for (const [format, own] of Object.entries(formats)) if (own === dtype) return { format, bytes: itemsizeOf(dtype) };
  throw new DTypeError(`safetensors: '${name}' must be of a dtype that the format has, got ${dtype}`);
}

/** The dtype of a format, or undefined for one that hinge does not know. */
export function dtypeOf(format: unknown): DType | undefined {
  return typeof format === 'string' && Object.hasOwn(formats, format) ? formats[format] : undefined;
}
