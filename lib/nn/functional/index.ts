/** `torch.nn.functional`. */

export {
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
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
  avgPool1d,
  bilinear,
  celu,
  channelShuffle,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  cosineSimilarity,
  hardshrink,
  logSoftmax,
  maxPool1d,
  maxPool2d,
  maxPool3d,
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
export { type ContrastiveMarginLossOptions, contrastiveMarginLoss } from './contrastive-margin-loss.ts';
export { type DropoutOptions, dropout } from './dropout.ts';
export { type HingeLossOptions, hingeLoss } from './hinge-loss.ts';
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
export { type MultiMarginLossOptions, multiMarginLoss } from './multi-margin-loss.ts';
export { type MulticlassHingeLossOptions, multiclassHingeLoss } from './multiclass-hinge-loss.ts';
export { type NormalizeOptions, normalize } from './normalize.ts';
export { type PairwiseRankingLossOptions, pairwiseRankingLoss } from './pairwise-ranking-loss.ts';
export type { Reduction, ReductionOption } from './reduction.ts';
export { squaredHingeLoss } from './squared-hinge-loss.ts';
export { type TripletMarginLossOptions, tripletMarginLoss } from './triplet-margin-loss.ts';
