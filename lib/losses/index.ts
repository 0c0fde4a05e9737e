/** `torch.losses`: margin losses over the pairs and triplets of a batch. */

export { type CrossBatchCall, CrossBatchMemory, type CrossBatchMemoryOptions } from './cross-batch-memory.ts';
export type { EmbeddingLoss, TupleMiner } from './embedding-loss.ts';
export { type Encoder, GradientCache, type GradientCacheOptions, gradientCached } from './gradient-cache.ts';
export { LossBatch, type LossCall } from './loss-batch.ts';
export { type LossObserver, MetricLoss, type MetricLossOptions } from './metric-loss.ts';
export { MultipleLosses, type MultipleLossesOptions } from './multiple-losses.ts';
export { SelfSupervisedLoss, type SelfSupervisedLossOptions } from './self-supervised-loss.ts';
export { TripletMarginLoss, type TripletMarginLossOptions } from './triplet-margin-loss.ts';
