/** `torch.losses`: margin losses over the pairs and triplets of a batch. */

export { DynamicSoftMarginLoss, type DynamicSoftMarginLossOptions } from './dynamic-soft-margin-loss.ts';
export { FastAPLoss, type FastAPLossOptions } from './fast-ap-loss.ts';
export { HistogramLoss, type HistogramLossOptions } from './histogram-loss.ts';
export { InstanceLoss, type InstanceLossOptions } from './instance-loss.ts';
export { LossBatch, type LossCall } from './loss-batch.ts';
export { ManifoldLoss, type ManifoldLossOptions } from './manifold-loss.ts';
export { type LossObserver, MetricLoss, type MetricLossOptions } from './metric-loss.ts';
export { P2SGradLoss, type P2SGradLossOptions } from './p2s-grad-loss.ts';
export { PNPLoss, type PNPLossOptions, type PNPVariant } from './pnp-loss.ts';
export { RankedListLoss, type RankedListLossOptions } from './ranked-list-loss.ts';
export { SmoothAPLoss, type SmoothAPLossOptions } from './smooth-ap-loss.ts';
export { TripletMarginLoss, type TripletMarginLossOptions } from './triplet-margin-loss.ts';
export { VICRegLoss, type VICRegLossOptions } from './vicreg-loss.ts';
