/** `torch.nn.functional`. */

export {
  avgPool2d,
  avgPool3d,
  elu,
  elu_,
  gelu,
  glu,
  hardsigmoid,
  hardswish,
  hardtanh,
  hardtanh_,
  leakyRelu,
  leakyRelu_,
  linear,
  logSigmoid as logsigmoid,
  mish,
  oneHot,
  pad,
  relu6,
  scaledDotProductAttention,
  silu,
  softplus,
  softshrink,
} from '../../generated/nn.ts';
export {
  adaptiveAvgPool1d,
  avgPool1d,
  bilinear,
  celu,
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
  logSoftmax,
  nativeChannelShuffle,
  pairwiseDistance,
  pdist,
  pixelShuffle,
  pixelUnshuffle,
  prelu,
  relu,
  relu_,
  selu,
  sigmoid,
  softmax,
  tanh,
} from '../../generated/torch.ts';
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
export { type ContrastiveMarginLossOptions, contrastiveMarginLoss } from './contrastive-margin-loss.ts';
export { type DropoutOptions, dropout } from './dropout.ts';
export {
  type EmbeddingBagFunctionOptions,
  type EmbeddingBagMode,
  type EmbeddingFunctionOptions,
  embedding,
  embeddingBag,
} from './embedding.ts';
export { type FoldOptions, fold, unfold } from './fold.ts';
export {
  type FractionalMaxPoolOptions,
  fractionalMaxPool2d,
  fractionalMaxPool3d,
} from './fractional-max-pool.ts';
export {
  type AffineGridOptions,
  affineGrid,
  type GridPaddingMode,
  type GridSampleMode,
  type GridSampleOptions,
  gridSample,
} from './grid-sample.ts';
export { type HingeLossOptions, hingeLoss } from './hinge-loss.ts';
export {
  type InterpolateMode,
  type InterpolateOptions,
  interpolate,
  upsample,
  upsampleBilinear,
  upsampleNearest,
} from './interpolate.ts';
export {
  type CrossEntropyOptions,
  cosineEmbeddingLoss,
  crossEntropy,
  hingeEmbeddingLoss,
  l1Loss,
  type MarginOptions,
  marginRankingLoss,
  mseLoss,
  type NllLossOptions,
  nllLoss,
  softMarginLoss,
} from './losses.ts';
export { type LPPoolOptions, lpPool1d, lpPool2d, lpPool3d } from './lp-pool.ts';
export { type MaxPoolOptions, maxPool1d, maxPool2d, maxPool3d } from './max-pool.ts';
export { type MaxUnpoolOptions, maxUnpool1d, maxUnpool2d, maxUnpool3d } from './max-unpool.ts';
export { type MultiMarginLossOptions, multiMarginLoss } from './multi-margin-loss.ts';
export { type MulticlassHingeLossOptions, multiclassHingeLoss } from './multiclass-hinge-loss.ts';
export {
  type BatchNormFunctionOptions,
  batchNorm,
  groupNorm,
  type InstanceNormFunctionOptions,
  instanceNorm,
  type LocalResponseNormFunctionOptions,
  layerNorm,
  localResponseNorm,
  rmsNorm,
} from './normalization.ts';
export { type NormalizeOptions, normalize } from './normalize.ts';
export { type PairwiseRankingLossOptions, pairwiseRankingLoss } from './pairwise-ranking-loss.ts';
export type { Pooled } from './pooled.ts';
export type { Reduction, ReductionOption } from './reduction.ts';
export { squaredHingeLoss } from './squared-hinge-loss.ts';
export { type TripletMarginLossOptions, tripletMarginLoss } from './triplet-margin-loss.ts';
