/** `torch.utils.data`: datasets, samplers and the loader. */

export type { BatchIterator } from './batch-iterator.ts';
export { BatchSampler } from './batch-sampler.ts';
export { type Collated, type Converted, defaultCollate, defaultConvert } from './collate.ts';
export { DataLoader, type DataLoaderState } from './data-loader.ts';
export {
  ChainDataset,
  ConcatDataset,
  Dataset,
  type DatasetSource,
  IterableDataset,
  type IterableStyle,
  type MapStyle,
} from './dataset.ts';
export type { WorkerDataset } from './dataset-plan.ts';
export type { DataLoaderOptions } from './loader-options.ts';
export type { ModuleReference } from './module-reference.ts';
export { RandomSampler, type RandomSamplerOptions } from './random-sampler.ts';
export { Sampler, type SamplerState } from './sampler.ts';
export { SequentialSampler } from './sequential-sampler.ts';
export { StackDataset } from './stack-dataset.ts';
export { randomSplit, Subset } from './subset.ts';
export { SubsetRandomSampler } from './subset-random-sampler.ts';
export { TensorDataset } from './tensor-dataset.ts';
export { WeightedRandomSampler, type WeightedRandomSamplerOptions } from './weighted-random-sampler.ts';
export { getWorkerInfo, type WorkerInfo } from './worker-info.ts';
