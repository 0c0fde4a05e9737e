/** `torch.losses`: margin losses over the pairs and triplets of a batch, and of embeddings and classes. */
export { AdaFaceLoss, type AdaFaceLossOptions } from './ada-face-loss.ts';
export type { AngleOptions, MarginGradient } from './angular-margin.ts';
export { AngularMarginLoss, type AngularMarginLossOptions, type AngularRows } from './angular-margin-loss.ts';
export { ArcFaceLoss, type ArcFaceLossOptions } from './arc-face-loss.ts';
export { type ClassFrequencyMarginsOptions, classFrequencyMargins } from './class-frequency-margins.ts';
export { ClassLoss, type ClassLossDefaults, type ClassLossOptions } from './class-loss.ts';
export { CombinedMarginLoss, type CombinedMarginLossOptions, type CombinedMargins } from './combined-margin-loss.ts';
export { CosFaceLoss, type CosFaceLossOptions } from './cos-face-loss.ts';
export { CurricularFaceLoss, type CurricularFaceLossOptions } from './curricular-face-loss.ts';
export { ElasticArcFaceLoss, type ElasticArcFaceLossOptions } from './elastic-arc-face-loss.ts';
export { ElasticCosFaceLoss, type ElasticCosFaceLossOptions } from './elastic-cos-face-loss.ts';
export { LargeMarginSoftmaxLoss, type LargeMarginSoftmaxLossOptions } from './large-margin-softmax-loss.ts';
export { LDAMLoss, type LDAMLossOptions } from './ldam-loss.ts';
export { LossBatch, type LossCall } from './loss-batch.ts';
export { MagFaceLoss, type MagFaceLossOptions } from './mag-face-loss.ts';
export { type LossObserver, MetricLoss, type MetricLossOptions } from './metric-loss.ts';
export { NormalizedSoftmaxLoss, type NormalizedSoftmaxLossOptions } from './normalized-softmax-loss.ts';
export { PartialFCLoss, type PartialFCLossOptions } from './partial-fc-loss.ts';
export { ProxyAnchorLoss, type ProxyAnchorLossOptions } from './proxy-anchor-loss.ts';
export { ProxyNCALoss, type ProxyNCALossOptions } from './proxy-nca-loss.ts';
export { SoftTripleLoss, type SoftTripleLossOptions } from './soft-triple-loss.ts';
export { SphereFaceLoss, type SphereFaceLossOptions } from './sphere-face-loss.ts';
export {
  type OutlierOptions,
  type Outliers,
  SubCenterArcFaceLoss,
  type SubCenterArcFaceLossOptions,
} from './sub-center-arc-face-loss.ts';
export { TripletMarginLoss, type TripletMarginLossOptions } from './triplet-margin-loss.ts';
