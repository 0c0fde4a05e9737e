/** `torch.samplers`: which samples come together in a batch, so that there is something to mine. */
export type { ClassLabels, LabelRows } from './class-labels.ts';
export { FixedSetOfTriplets, type FixedSetOfTripletsOptions } from './fixed-set-of-triplets.ts';
export { GroupByLabelSampler, type GroupByLabelSamplerOptions } from './group-by-label-sampler.ts';
export { HierarchicalSampler, type HierarchicalSamplerOptions } from './hierarchical-sampler.ts';
export { MPerClassSampler, type MPerClassSamplerOptions } from './m-per-class-sampler.ts';
export { NoDuplicatesSampler, type NoDuplicatesSamplerOptions, type SampleKey } from './no-duplicates-sampler.ts';
export { SeededSampler, type SeededSamplerOptions } from './seeded-sampler.ts';
export { TuplesToWeightsSampler, type TuplesToWeightsSamplerOptions } from './tuples-to-weights-sampler.ts';
