/** `torch.nn.functional`. */

export {
  avgPool2d,
  avgPool3d,
  elu_,
  gelu,
  glu,
  hardtanh_,
  leakyRelu_,
  linear,
  logSigmoid as logsigmoid,
  oneHot,
  pad,
  scaledDotProductAttention,
  softplus,
  softshrink,
} from '../../generated/nn.ts';
export {
  adaptiveAvgPool1d,
  avgPool1d,
  bilinear,
  celu_,
  channelShuffle,
  conv1d,
  conv2d,
  conv3d,
  convTbc,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  cosineSimilarity,
  hardshrink,
  nativeChannelShuffle,
  pairwiseDistance,
  pdist,
  pixelShuffle,
  pixelUnshuffle,
  prelu,
  relu_,
  rrelu_,
  selu_,
  sigmoid,
  tanh,
  threshold_,
} from '../../generated/torch.ts';
export {
  celu,
  elu,
  hardsigmoid,
  hardswish,
  hardtanh,
  type InplaceOption,
  leakyRelu,
  mish,
  relu,
  relu6,
  rrelu,
  selu,
  silu,
  softsign,
  tanhshrink,
  threshold,
} from './activations.ts';
export {
  type AdaptiveMaxPoolOptions,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
  type OutputSize2,
  type OutputSize3,
} from './adaptive-pool.ts';
export {
  type AllPairsHingeLossOptions,
  allPairsHingeLoss,
  countRankedPairs,
  type RankedPairCounts,
} from './all-pairs-hinge-loss.ts';
export type { BinaryLabels } from './binary-labels.ts';
export { type ContrastiveMarginLossOptions, contrastiveMarginLoss } from './contrastive-margin-loss.ts';
export { type CrammerSingerLossOptions, crammerSingerLoss } from './crammer-singer-loss.ts';
export {
  type BinaryCrossEntropyWithLogitsOptions,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  type CrossEntropyOptions,
  crossEntropy,
  type WeightOption,
} from './cross-entropy.ts';
export {
  alphaDropout,
  type DropoutOptions,
  dropout,
  dropout1d,
  dropout2d,
  dropout3d,
  featureAlphaDropout,
} from './dropout.ts';
export {
  type EmbeddingBagFunctionOptions,
  type EmbeddingBagMode,
  type EmbeddingFunctionOptions,
  embedding,
  embeddingBag,
} from './embedding.ts';
export { type FoldOptions, fold, unfold } from './fold.ts';
export { type FractionalMaxPoolOptions, fractionalMaxPool2d, fractionalMaxPool3d } from './fractional-max-pool.ts';
export {
  type AffineGridOptions,
  affineGrid,
  type GridPaddingMode,
  type GridSampleMode,
  type GridSampleOptions,
  gridSample,
} from './grid-sample.ts';
export { type HingeLossOptions, type HingePower, hingeLoss } from './hinge-loss.ts';
export {
  type InterpolateMode,
  type InterpolateOptions,
  interpolate,
  upsample,
  upsampleBilinear,
  upsampleNearest,
} from './interpolate.ts';
export {
  type CtcLossOptions,
  ctcLoss,
  type DivergenceReduction,
  type GaussianNllLossOptions,
  gaussianNllLoss,
  type KlDivOptions,
  klDiv,
  type Lengths,
  type NllLossOptions,
  nllLoss,
  type PoissonNllLossOptions,
  poissonNllLoss,
} from './likelihood-losses.ts';
export { type LinearCrossEntropyFunctionOptions, linearCrossEntropy } from './linear-cross-entropy.ts';
export type { AccumulationPolicy, LinearCrossEntropyOptions } from './linear-cross-entropy-options.ts';
export { type ListwiseHingeLossOptions, listwiseHingeLoss } from './listwise-hinge-loss.ts';
export { type LPPoolOptions, lpPool1d, lpPool2d, lpPool3d } from './lp-pool.ts';
export { type MaxPoolOptions, maxPool1d, maxPool2d, maxPool3d } from './max-pool.ts';
export { type MaxUnpoolOptions, maxUnpool1d, maxUnpool2d, maxUnpool3d } from './max-unpool.ts';
export { type MultiHeadAttentionOptions, multiHeadAttentionForward } from './multi-head-attention-forward.ts';
export { type MultiMarginLossOptions, multiMarginLoss } from './multi-margin-loss.ts';
export { type MulticlassHingeLossOptions, multiclassHingeLoss } from './multiclass-hinge-loss.ts';
export {
  type MultiLabelMarginLossOptions,
  type MultiLabelSoftMarginLossOptions,
  multilabelMarginLoss,
  multilabelSoftMarginLoss,
} from './multilabel-losses.ts';
export {
  type BatchNormFunctionOptions,
  batchNorm,
  type GroupNormFunctionOptions,
  groupNorm,
  type InstanceNormFunctionOptions,
  instanceNorm,
  type LocalResponseNormFunctionOptions,
  layerNorm,
  localResponseNorm,
  rmsNorm,
} from './normalization.ts';
export { type NormalizeOptions, normalize } from './normalize.ts';
export type { PairAverage } from './pair-average.ts';
export { type PairwiseRankingLossOptions, pairwiseRankingLoss } from './pairwise-ranking-loss.ts';
export type { Pooled } from './pooled.ts';
export type { Reduction, ReductionOption } from './reduction.ts';
export {
  type ElementWeightOption,
  type HuberLossOptions,
  huberLoss,
  l1Loss,
  mseLoss,
  type SmoothL1LossOptions,
  smoothL1Loss,
} from './regression-losses.ts';
export {
  cosineEmbeddingLoss,
  hingeEmbeddingLoss,
  type MarginOptions,
  marginRankingLoss,
  type SignLossOptions,
  softMarginLoss,
} from './sign-losses.ts';
export {
  type GumbelSoftmaxOptions,
  gumbelSoftmax,
  logSoftmax,
  type SoftmaxOptions,
  softmax,
  softmin,
} from './softmax.ts';
export { type SquaredHingeLossOptions, squaredHingeLoss } from './squared-hinge-loss.ts';
export { type CostRescaling, type StructuredHingeLossOptions, structuredHingeLoss } from './structured-hinge-loss.ts';
export { type TripletMarginLossOptions, tripletMarginLoss } from './triplet-margin-loss.ts';
export {
  type DistanceFunction,
  type TripletMarginWithDistanceLossOptions,
  tripletMarginWithDistanceLoss,
} from './triplet-margin-with-distance-loss.ts';
