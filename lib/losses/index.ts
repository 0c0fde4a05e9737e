/** `torch.losses`: margin losses over the pairs and triplets of a batch. */
export { LossBatch, type LossCall } from './loss-batch.ts';
export { type LossObserver, MetricLoss, type MetricLossOptions } from './metric-loss.ts';
export { TripletMarginLoss, type TripletMarginLossOptions } from './triplet-margin-loss.ts';
