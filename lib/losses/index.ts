/** `torch.losses`: margin losses over the pairs and triplets of a batch. */

export { AngularLoss, type AngularLossOptions } from './angular-loss.ts';
export { CircleLoss, type CircleLossOptions } from './circle-loss.ts';
export { ContrastiveLoss, type ContrastiveLossOptions } from './contrastive-loss.ts';
export { GeneralizedLiftedStructureLoss } from './generalized-lifted-structure-loss.ts';
export { IntraPairVarianceLoss, type IntraPairVarianceLossOptions } from './intra-pair-variance-loss.ts';
export { LiftedStructureLoss, type LiftedStructureLossOptions } from './lifted-structure-loss.ts';
export { LossBatch, type LossCall } from './loss-batch.ts';
export { MarginLoss, type MarginLossOptions } from './margin-loss.ts';
export { type LossObserver, MetricLoss, type MetricLossOptions } from './metric-loss.ts';
export { MultiSimilarityLoss, type MultiSimilarityLossOptions } from './multi-similarity-loss.ts';
export { NPairsLoss } from './n-pairs-loss.ts';
export { NCALoss, type NCALossOptions } from './nca-loss.ts';
export { NTXentLoss, type NTXentLossOptions } from './nt-xent-loss.ts';
export { SignalToNoiseRatioContrastiveLoss } from './signal-to-noise-ratio-contrastive-loss.ts';
export { SupConLoss, type SupConLossOptions } from './sup-con-loss.ts';
export {
  ThresholdConsistentMarginLoss,
  type ThresholdConsistentMarginLossOptions,
} from './threshold-consistent-margin-loss.ts';
export { TripletMarginLoss, type TripletMarginLossOptions } from './triplet-margin-loss.ts';
export { TupletMarginLoss, type TupletMarginLossOptions } from './tuplet-margin-loss.ts';
