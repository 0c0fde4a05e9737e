/** `torch.losses`: margin losses over the pairs and triplets of a batch. */
export type { SemiHardRule } from '../selection/semi-hard-rule.ts';
export { AdaFaceLoss, type AdaFaceLossOptions } from './ada-face-loss.ts';
export { AnglELoss, type AnglELossOptions } from './angle-loss.ts';
export { AngularLoss, type AngularLossOptions } from './angular-loss.ts';
export type { AngleOptions, MarginGradient } from './angular-margin.ts';
export { AngularMarginLoss, type AngularMarginLossOptions, type AngularRows } from './angular-margin-loss.ts';
export { ArcFaceLoss, type ArcFaceLossOptions } from './arc-face-loss.ts';
export { BatchAllTripletLoss, type BatchAllTripletLossOptions } from './batch-all-triplet-loss.ts';
export type { BatchHardDefinition, BatchHardOptions } from './batch-hard-loss.ts';
export { BatchHardSoftMarginTripletLoss } from './batch-hard-soft-margin-triplet-loss.ts';
export { BatchHardTripletLoss, type BatchHardTripletLossOptions } from './batch-hard-triplet-loss.ts';
export { BatchSemiHardTripletLoss, type BatchSemiHardTripletLossOptions } from './batch-semi-hard-triplet-loss.ts';
export { CircleLoss, type CircleLossOptions } from './circle-loss.ts';
export { type ClassFrequencyMarginsOptions, classFrequencyMargins } from './class-frequency-margins.ts';
export { ClassLoss, type ClassLossDefaults, type ClassLossOptions } from './class-loss.ts';
export { CombinedMarginLoss, type CombinedMarginLossOptions, type CombinedMargins } from './combined-margin-loss.ts';
export { ContrastiveLoss, type ContrastiveLossOptions } from './contrastive-loss.ts';
export { CosFaceLoss, type CosFaceLossOptions } from './cos-face-loss.ts';
export { CoSENTLoss, type CoSENTLossOptions } from './cosent-loss.ts';
export { type CrossBatchCall, CrossBatchMemory, type CrossBatchMemoryOptions } from './cross-batch-memory.ts';
export { CurricularFaceLoss, type CurricularFaceLossOptions } from './curricular-face-loss.ts';
export { DynamicSoftMarginLoss, type DynamicSoftMarginLossOptions } from './dynamic-soft-margin-loss.ts';
export { ElasticArcFaceLoss, type ElasticArcFaceLossOptions } from './elastic-arc-face-loss.ts';
export { ElasticCosFaceLoss, type ElasticCosFaceLossOptions } from './elastic-cos-face-loss.ts';
export type { ElasticOptions } from './elastic-margins.ts';
export type { EmbeddingLoss, TupleMiner } from './embedding-loss.ts';
export { FastAPLoss, type FastAPLossOptions } from './fast-ap-loss.ts';
export { GeneralizedLiftedStructureLoss } from './generalized-lifted-structure-loss.ts';
export { type GISTEmbedCall, GISTEmbedLoss, type GISTEmbedLossOptions } from './gist-embed-loss.ts';
export { type Encoder, GradientCache, type GradientCacheOptions, gradientCached } from './gradient-cache.ts';
export { HistogramLoss, type HistogramLossOptions } from './histogram-loss.ts';
export { InstanceLoss, type InstanceLossOptions } from './instance-loss.ts';
export { IntraPairVarianceLoss, type IntraPairVarianceLossOptions } from './intra-pair-variance-loss.ts';
export { LargeMarginSoftmaxLoss, type LargeMarginSoftmaxLossOptions } from './large-margin-softmax-loss.ts';
export { LDAMLoss, type LDAMLossOptions } from './ldam-loss.ts';
export { LiftedStructureLoss, type LiftedStructureLossOptions } from './lifted-structure-loss.ts';
export { LossBatch, type LossCall } from './loss-batch.ts';
export { MagFaceLoss, type MagFaceLossOptions } from './mag-face-loss.ts';
export { ManifoldLoss, type ManifoldLossOptions } from './manifold-loss.ts';
export { MarginLoss, type MarginLossOptions } from './margin-loss.ts';
export { MarginMSELoss, type MarginMSELossOptions } from './margin-mse-loss.ts';
export { MatryoshkaLoss, type MatryoshkaLossOptions, type TruncatedLoss } from './matryoshka-loss.ts';
export { MegaBatchMarginLoss, type MegaBatchMarginLossOptions } from './mega-batch-margin-loss.ts';
export { type LossObserver, MetricLoss, type MetricLossOptions } from './metric-loss.ts';
export { MultiSimilarityLoss, type MultiSimilarityLossOptions } from './multi-similarity-loss.ts';
export { MultipleLosses, type MultipleLossesOptions } from './multiple-losses.ts';
export {
  type HardnessMode,
  MultipleNegativesRankingLoss,
  type MultipleNegativesRankingLossOptions,
  type RankingDirection,
} from './multiple-negatives-ranking-loss.ts';
export { NPairsLoss } from './n-pairs-loss.ts';
export { NCALoss, type NCALossOptions } from './nca-loss.ts';
export { NormalizedSoftmaxLoss, type NormalizedSoftmaxLossOptions } from './normalized-softmax-loss.ts';
export { NTXentLoss, type NTXentLossOptions } from './nt-xent-loss.ts';
export { OnlineContrastiveLoss, type OnlineContrastiveLossOptions } from './online-contrastive-loss.ts';
export { P2SGradLoss, type P2SGradLossOptions } from './p2s-grad-loss.ts';
export { PartialFCLoss, type PartialFCLossOptions } from './partial-fc-loss.ts';
export { PNPLoss, type PNPLossOptions, type PNPVariant } from './pnp-loss.ts';
export { ProxyAnchorLoss, type ProxyAnchorLossOptions } from './proxy-anchor-loss.ts';
export { ProxyNCALoss, type ProxyNCALossOptions } from './proxy-nca-loss.ts';
export { RankedListLoss, type RankedListLossOptions } from './ranked-list-loss.ts';
export { SelfSupervisedLoss, type SelfSupervisedLossOptions } from './self-supervised-loss.ts';
export { SignalToNoiseRatioContrastiveLoss } from './signal-to-noise-ratio-contrastive-loss.ts';
export { SmoothAPLoss, type SmoothAPLossOptions } from './smooth-ap-loss.ts';
export { SoftTripleLoss, type SoftTripleLossOptions } from './soft-triple-loss.ts';
export { SphereFaceLoss, type SphereFaceLossOptions } from './sphere-face-loss.ts';
export {
  type OutlierOptions,
  type Outliers,
  SubCenterArcFaceLoss,
  type SubCenterArcFaceLossOptions,
} from './sub-center-arc-face-loss.ts';
export { SupConLoss, type SupConLossOptions } from './sup-con-loss.ts';
export {
  ThresholdConsistentMarginLoss,
  type ThresholdConsistentMarginLossOptions,
} from './threshold-consistent-margin-loss.ts';
export { TripletMarginLoss, type TripletMarginLossOptions } from './triplet-margin-loss.ts';
export { TupletMarginLoss, type TupletMarginLossOptions } from './tuplet-margin-loss.ts';
export { VICRegLoss, type VICRegLossOptions } from './vicreg-loss.ts';
