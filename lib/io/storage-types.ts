/** PyTorch's types of storages, which say the dtype of a tensor's elements. */

import type { DType } from '../dtype.ts';

/** Types of storages and the dtype of their elements. Dtypes without one are written beside a storage of bytes. */
export const storageTypes: Readonly<Record<string, DType>> = {
  DoubleStorage: 'float64',
  FloatStorage: 'float32',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  LongStorage: 'int64',
  IntStorage: 'int32',
  ShortStorage: 'int16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  BoolStorage: 'bool',
  ComplexDoubleStorage: 'complex128',
  ComplexFloatStorage: 'complex64',
  QInt8Storage: 'qint8',
  QUInt8Storage: 'quint8',
  QInt32Storage: 'qint32',
};

/** The type of storage of a dtype, where PyTorch has one. */
export const storageTypeOf: ReadonlyMap<DType, string> = new Map(
  Object.entries(storageTypes).map(([type, dtype]) => [dtype, type]),
);

/** Integers that quantized elements are in memory. */
export const quantizedAs: ReadonlyMap<DType, DType> = new Map([
  ['qint8', 'int8'],
  ['quint8', 'uint8'],
  ['qint32', 'int32'],
]);

/** A type of storage as a pickle names it; undefined dtype for bytes. */
export class StorageType {
  readonly dtype: DType | undefined;

  constructor(dtype: DType | undefined) {
    this.dtype = dtype;
  }
}
