/** Table of contents: `import * as torch from 'hinge'` gives what `import torch` gives in Python. */

import './tensor-methods.ts';

export { type AutocastOptions, autocast } from './amp/autocast.ts';
export * as amp from './amp/index.ts';
export {
  clearAutocastCache,
  getAutocastDtype,
  isAutocastCacheEnabled,
  isAutocastEnabled,
  setAutocastCacheEnabled,
  setAutocastDtype,
  setAutocastEnabled,
} from './amp/state.ts';
export * as autograd from './autograd/index.ts';
export * from './autograd/modes.ts';
export * as backends from './backends.ts';
export type { Batch, BatchCall } from './batch.ts';
export { Complex } from './complex.ts';
export {
  broadcastShapes,
  type LuOptions,
  lu,
  type NormOptions,
  norm,
  numel,
  tensordot,
  type UniqueOptions,
  unique,
  uniqueConsecutive,
  unravelIndex,
} from './composite.ts';
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
export * as data from './data/index.ts';
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
export * as distances from './distances/index.ts';
export * from './dtype-names.ts';
export * from './errors.ts';
export * as evaluation from './evaluation/index.ts';
export * as func from './func/index.ts';
export * as fft from './generated/fft.ts';
export * as linalg from './generated/linalg.ts';
export * as sparse from './generated/sparse.ts';
export * as special from './generated/special.ts';
export * from './generated/torch.ts';
export { defaultGenerator, Generator, getRngState, initialSeed, manualSeed, seed, setRngState } from './generator.ts';
export { type Index, Slice, slice } from './indexing.ts';
export * as io from './io/index.ts';
export * as numpy from './io/numpy.ts';
export * as safetensors from './io/safetensors.ts';
export { type LoadFileOptions, load, save, saveBytes } from './io/serialization.ts';
export * as jit from './jit/index.ts';
export * as losses from './losses/index.ts';
export { type LowRank, type PcaLowrankOptions, pcaLowrank, type SvdLowrankOptions, svdLowrank } from './low-rank.ts';
export * as margins from './margins/index.ts';
export * as miners from './miners/index.ts';
export * as nn from './nn/index.ts';
export { ops } from './ops.ts';
export * as optim from './optim/index.ts';
export { getPrintoptions, type PrintOptionChanges, type PrintOptions, setPrintoptions } from './printing.ts';
export * as reducers from './reducers/index.ts';
export * as regularizers from './regularizers/index.ts';
export { type Labels, type PairMasks, Relation, type RelationBlock, type RelationOfMatrixOptions } from './relation.ts';
export * from './runtime.ts';
export * as samplers from './samplers/index.ts';
export { keep, type MemoryReport, memory, scope } from './scope.ts';
export { receive, share } from './sharing.ts';
export { isTensor, Tensor } from './tensor.ts';
export * as training from './training/index.ts';
export type { Int, IntList, Scalar } from './types.ts';
export * as utils from './utils/index.ts';
