/** Table of contents: `import * as torch from 'hinge'` gives what `import torch` gives in Python. */

import './tensor-methods.ts';

export * as autograd from './autograd/index.ts';
export * from './autograd/modes.ts';
export { Complex } from './complex.ts';
export {
  asTensor,
  type BlobOptions,
  fromBlob,
  full,
  getDefaultDtype,
  type NestedArray,
  setDefaultDtype,
  type TensorData,
  type TensorOptions,
  type TypedArray,
  tensor,
} from './creation.ts';
export { getDefaultDevice, setDefaultDevice } from './default-device.ts';
export {
  channelsLast,
  channelsLast3d,
  contiguousFormat,
  type DeviceLike,
  device,
  type Layout,
  type MemoryFormat,
  preserveFormat,
  sparseBsc,
  sparseBsr,
  sparseCoo,
  sparseCsc,
  sparseCsr,
  strided,
} from './device.ts';
export * from './dtype-names.ts';
export * from './errors.ts';
export * as fft from './generated/fft.ts';
export * as linalg from './generated/linalg.ts';
export * as sparse from './generated/sparse.ts';
export * as special from './generated/special.ts';
export * from './generated/torch.ts';
export { defaultGenerator, Generator, getRngState, initialSeed, manualSeed, seed, setRngState } from './generator.ts';
export { type Index, Slice, slice } from './indexing.ts';
export { keep, type MemoryReport, memory, scope } from './scope.ts';
export { isTensor, Tensor } from './tensor.ts';
export type { Int, IntList, Scalar } from './types.ts';
