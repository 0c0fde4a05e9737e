import { overloadFunction } from '../operator.ts';
import type { Tensor } from '../tensor.ts';

type FromFile = (filename: string, shared: boolean, size: number, options: { dtype: string }) => Tensor;

/** A file's bytes as a uint8 tensor: read when they are used, and copied when they are changed. */
export function fileTensor(path: string, size: number): Tensor {
  const fromFile = overloadFunction('aten', 'from_file', '') as FromFile;
  return fromFile(path, false, size, { dtype: 'uint8' });
}
